#!/usr/bin/env node
// Node 22.1 and later keep compiled code between runs; older ones go without.
require('node:module').enableCompileCache?.();
require('../dist/main.js').main();
