#!/usr/bin/env node
// Without a listener this signal starts Node's debugger, which anybody on this machine can talk to.
process.on('SIGUSR1', () => undefined);
// Node 22.1 and later keep compiled code between runs; older ones go without.
require('node:module').enableCompileCache?.();
require('../dist/main.js').main();
