#!/usr/bin/env node
'use strict';
// Without a listener this signal starts Node's debugger, which anybody on this machine can talk to.
process.on('SIGUSR1', () => undefined);
// This file runs on Node 14, too: no syntax newer than ES2019, and nothing is loaded before the version is known.
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 1) || (major === 20 && minor >= 19)) {
  require('../dist/main.js').main(require);
} else {
  console.error(
    `keypair: error: keypair needs Node 20.19 or a later 20, or Node 22.1 or later; this is ${process.version}`,
  );
  process.exitCode = 1;
}
