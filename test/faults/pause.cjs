// Loaded into the program before its first line (NODE_OPTIONS=--require): waits until strace has attached to one of
// its threads. `disk` is the one thread that does all its file work (UV_THREADPOOL_SIZE=1), `network` the main one.
// Counting calls from here on leaves out all that Node does to start. The program itself is not touched.
const { readdirSync, readFileSync, stat, writeSync, closeSync } = require('node:fs');

const TASKS = '/proc/self/task';
const before = new Set(readdirSync(TASKS));
// The first piece of file work starts the thread.
stat('/', () => undefined);
const fresh = readdirSync(TASKS).filter((thread) => !before.has(thread));
if (fresh.length !== 1) throw new Error(`${fresh.length} threads began, not one`);
const thread = process.env.KEYPAIR_TRACED === 'disk' ? fresh[0] : String(process.pid);
writeSync(3, thread);
closeSync(3);

const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
while (!/^TracerPid:\s*[1-9]/m.test(readFileSync(`${TASKS}/${thread}/status`, 'utf8'))) sleep(2);
// strace has the thread; now let it come to see its calls.
sleep(30);
