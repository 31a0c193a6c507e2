// Loaded into the program before its first line: counts what it writes below the key directory and the state directory
// (not the sandbox's own), and ends the program, or fails the call, at one of these points.
const fs = require('node:fs');

const { KEYPAIR_FAULT_AT: at, KEYPAIR_FAULT_CODE: code, KEYPAIR_FAULT_LOG: log, HOME: home } = process.env;
const OURS = [
  `${home}/.ssh`,
  ...['rotations', 'trash', 'journal'].map((name) => `${home}/.local/state/keypair/${name}`),
];
const { promises } = fs;
let count = 0;

function point(name, file) {
  if (typeof file !== 'string' || !OURS.some((place) => file.startsWith(place))) return;
  count += 1;
  if (log !== undefined) fs.appendFileSync(log, `${name} ${file.slice(home.length)}\n`);
  if (count !== Number(at)) return;
  if (code === undefined) process.kill(process.pid, 'SIGKILL');
  else throw Object.assign(new Error(`${code}: injected, ${name} '${file}'`), { code });
}

for (const name of ['rename', 'link', 'unlink', 'mkdir', 'rmdir']) {
  const plain = promises[name];
  promises[name] = async (file, ...rest) => {
    point(name, file);
    return plain(file, ...rest);
  };
}

const files = new WeakMap();
const open = promises.open;
promises.open = async (file, flags, ...rest) => {
  if (typeof flags === 'number' && (flags & fs.constants.O_CREAT) !== 0) point('create', file);
  const handle = await open(file, flags, ...rest);
  files.set(handle, file);
  if (point.ready === undefined) {
    point.ready = true;
    const prototype = Object.getPrototypeOf(handle);
    for (const name of ['write', 'sync']) {
      const plain = prototype[name];
      prototype[name] = async function (...args) {
        point(name, files.get(this));
        return plain.apply(this, args);
      };
    }
  }
  return handle;
};
