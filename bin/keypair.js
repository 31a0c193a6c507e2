#!/usr/bin/env node
'use strict';
// Without a listener this signal starts Node's debugger, which anybody on this machine can talk to.
process.on('SIGUSR1', () => undefined);
// This file runs on Node 14, too: no syntax newer than ES2019, and nothing is loaded before the version is known.
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 1) || (major === 20 && minor >= 19)) {
  useCompileCache();
  require('../dist/main.js').main();
} else {
  console.error(
    `keypair: error: keypair needs Node 20.19 or a later 20, or Node 22.1 or later; this is ${process.version}`,
  );
  process.exitCode = 1;
}

/**
 * Node 22.1 and later keep compiled code between runs, and run what they find there: it stands in a directory in which
 * nobody but the user can write, not in the shared temporary directory. Where that cannot be, Node goes without.
 * NODE_COMPILE_CACHE is the user's own choice: Node has read it already.
 */
function useCompileCache() {
  const { enableCompileCache } = require('module');
  if (enableCompileCache === undefined || process.env.NODE_COMPILE_CACHE || !process.geteuid) return;
  const fs = require('fs');
  const path = require('path');
  const { HOME = '', XDG_CACHE_HOME = '' } = process.env;
  const caches = path.isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : path.join(HOME, '.cache');
  // A user who has no caches gets none here.
  if (!path.isAbsolute(caches) || !fs.existsSync(caches)) return;
  try {
    const missing = [];
    const directory = path.join(caches, 'keypair', 'compiled');
    let there = directory;
    for (; !fs.existsSync(there); there = path.dirname(there)) missing.unshift(there);
    if (!isSafe(fs, path, there)) return;
    for (const one of missing) fs.mkdirSync(one, 0o700);
    const { uid, mode } = fs.lstatSync(directory);
    if (uid !== process.geteuid() || (mode & 0o022) !== 0 || !isSafe(fs, path, directory)) return;
    enableCompileCache(directory);
  } catch (error) {
    // It only costs time.
  }
}

/** Whether nobody but the user and root can put anything in the place of what is in a directory. */
function isSafe(fs, path, directory) {
  for (let at = fs.realpathSync(directory); ; at = path.dirname(at)) {
    const { uid, mode } = fs.statSync(at);
    const shared = (mode & 0o022) !== 0 && !(uid === 0 && (mode & 0o1000) !== 0);
    if ((uid !== process.geteuid() && uid !== 0) || shared) return false;
    if (at === path.dirname(at)) return true;
  }
}
