// Loaded into the program before its first line (NODE_OPTIONS=--require): every look at a file tells another inode
// number, as sshfs does. The program itself is not touched.
const promises = require('node:fs/promises');

let next = 1;
function renumbered(found) {
  next += 1;
  found.ino = typeof found.ino === 'bigint' ? BigInt(next) : next;
  return found;
}

for (const name of ['stat', 'lstat']) {
  const look = promises[name];
  promises[name] = async (...args) => renumbered(await look(...args));
}
const { open } = promises;
promises.open = async (...args) => {
  const handle = await open(...args);
  const look = handle.stat.bind(handle);
  handle.stat = async (...options) => renumbered(await look(...options));
  return handle;
};
