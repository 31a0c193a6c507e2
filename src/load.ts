import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { Script } from 'node:vm';

declare const KEYPAIR_VERSION: string;
/** The packs by name, and the file of each: `core-HASH`. */
declare const PACKS: Readonly<Record<string, string>>;

type Require = (id: string) => unknown;

/** A pack's modules by name, each a function as CommonJS has them. */
type Modules = Readonly<Record<string, (exports: object, require: Require, module: object) => void>>;

/** A pack in use. */
interface Pack {
  readonly file: string;
  readonly script: Script;
  readonly modules: Modules;
  /** What earlier runs have used, whose compiled code was read: see {@link used}. */
  readonly compiled: ReadonlySet<string>;
}

/** What an executable holds in place of the files of dist/ (scripts/binary.js): the bytes of one. */
type Assets = (name: string) => Buffer;

/** Undefined: the packs are files beside this one. */
let assets: Assets | undefined;
const packs = new Map<string, Pack>();
const loaded = new Map<string, { exports: object }>();
/** What this run has used of the program: the modules that are loaded when they are needed. Another run compiles other functions. */
const used = new Set<string>();
/** The directory of compiled code; null if there is none, undefined before it was looked for. */
let cache: string | null | undefined;

/**
 * Starts the program. Its modules are in few files (packs: see scripts/bundle.js), whose compiled code is kept between runs:
 * compiling takes longer than Node's own start.
 *
 * @param nodeRequire for Node's own modules.
 * @param inside an executable's packs, and the compiled code of each: `core-HASH.js`, `core-HASH.code`.
 */
export function main(nodeRequire: Require, inside?: Assets): void {
  assets = inside;
  const [, , first, second] = process.argv;
  if (second === undefined && (first === '--version' || first === '-V') && printVersion()) return;
  const load = (id: string): unknown => {
    if (!id.startsWith('#')) return nodeRequire(id);
    const known = loaded.get(id);
    if (known !== undefined) return known.exports;
    const [name = '', chunk = ''] = id.slice(1).split('/');
    const run = packOf(name).modules[chunk];
    if (run === undefined) throw new Error(`there is no ${id}`);
    const module = { exports: {} };
    loaded.set(id, module);
    if (!chunk.startsWith('chunk-')) used.add(chunk);
    run(module.exports, load, module);
    return module.exports;
  };
  if (assets === undefined) process.once('exit', keepCompiled);
  void (load('#start/main.js') as { main(): Promise<void> }).main();
}

/** Asked by every script that looks for the program. False: main says what is wrong with the output. */
function printVersion(): boolean {
  try {
    writeSync(1, `${KEYPAIR_VERSION}\n`);
    return true;
  } catch {
    return false;
  }
}

function packOf(name: string): Pack {
  const known = packs.get(name);
  if (known !== undefined) return known;
  const file = PACKS[name] ?? '';
  const filename = join(import.meta.dirname, `${file}.js`);
  // Packs are ASCII.
  const source = (assets?.(`${file}.js`) ?? readFileSync(filename)).toString('latin1');
  const kept = assets === undefined ? readCompiled(file) : { used: [], data: assets(`${file}.code`) };
  const script = new Script(source, kept === null ? { filename } : { filename, cachedData: kept.data });
  const modules = (script.runInThisContext() as (...helpers: readonly unknown[]) => Modules)(
    importDefault,
    importStar,
    import.meta.dirname,
  );
  const compiled = new Set(script.cachedDataRejected === false ? kept?.used : []);
  const pack = { file, script, modules, compiled };
  packs.set(name, pack);
  return pack;
}

/** What TypeScript's CommonJS expects of its helper for `import a from`. */
function importDefault(module: object): object {
  return '__esModule' in module ? module : { default: module };
}

/**
 * The same for `import * as a from` and `import()`. Nothing is copied: `node:http` has getters that load fetch and WebSocket,
 * which takes a third of Node's own start.
 */
function importStar(module: object): object {
  return '__esModule' in module ? module : (Object.create(module, { default: { value: module } }) as object);
}

/** The longest text of flags that is part of a file's name. */
const LONGEST_FLAGS = 60;

/**
 * The file for the compiled code of a pack. V8 notices neither another source of the same length nor damage (measured), so
 * the name holds all that the code depends on: the hash of the source, Node's version, the architecture and V8's flags.
 *
 * @returns null if there is no safe place for it.
 */
function compiledFile(pack: string): string | null {
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ').trim();
  if (cache == null || flags.length > LONGEST_FLAGS) return null;
  const { version, arch } = process;
  return join(cache, [pack, version, arch, Buffer.from(flags).toString('hex')].join('-'));
}

/** What begins each half of a file of compiled code. */
const MARK = 'keypair code 1 ';

/**
 * The compiled code of a pack, and what the runs have used that made it. The file has all of it twice: code that is damaged
 * would crash V8, and to load node:crypto for a hash takes an eighth of Node's own start.
 */
function readCompiled(pack: string): { readonly used: readonly string[]; readonly data: Buffer } | null {
  if (cache === undefined) cache = cacheDirectory(false);
  const file = compiledFile(pack);
  if (file === null) return null;
  try {
    const found = lstatSync(file);
    if (!found.isFile() || found.uid !== process.geteuid?.() || (found.mode & 0o022) !== 0) return null;
    const content = readFileSync(file);
    const half = content.subarray(0, content.length / 2);
    if (!half.equals(content.subarray(half.length)) || !half.subarray(0, MARK.length).equals(Buffer.from(MARK)))
      return null;
    const end = half.indexOf('\n');
    return { used: half.toString('latin1', MARK.length, end).split(' '), data: half.subarray(end + 1) };
  } catch {
    return null;
  }
}

/** Keeps the code that this run has compiled, where it is not kept yet. Never throws: it only costs time. */
function keepCompiled(): void {
  try {
    const fresh = [...packs.values()].filter(({ compiled }) => [...used].some((chunk) => !compiled.has(chunk)));
    if (fresh.length === 0) return;
    cache ??= cacheDirectory(true);
    if (cache !== null) removeOld(cache);
    for (const pack of fresh) keepPack(pack);
  } catch {
    // A full disk, a directory that is gone, another process at the same file.
  }
}

/** Writes beside the place and renames. A draft that is there is another process's, which does the same. */
function keepPack({ file: pack, script, compiled }: Pack): void {
  const file = compiledFile(pack);
  if (file === null) return;
  const draft = `${file}.new`;
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    const names = [...new Set([...compiled, ...used])];
    const half = Buffer.concat([Buffer.from(`${MARK}${names.join(' ')}\n`), script.createCachedData()]);
    writeFileSync(descriptor, Buffer.concat([half, half]));
    fsyncSync(descriptor);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

const MINUTE_MS = 60_000;
const MONTH_MS = 30 * 24 * 60 * MINUTE_MS;

/** Removes what other versions have left, and what a process that was killed had begun. */
function removeOld(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (!/^[a-z-]+-[0-9a-f]{16}-v\d/.test(name)) continue;
    const file = join(directory, name);
    try {
      // A clock that was wrong leaves files from the future.
      const age = Math.abs(Date.now() - lstatSync(file).mtimeMs);
      if (age > (name.endsWith('.new') ? MINUTE_MS : MONTH_MS)) rmSync(file, { force: true });
    } catch {
      // Another process has done it, or nobody can.
    }
  }
}

/**
 * The directory for compiled code: what is found there runs. So nobody but the user and root may be able to write in it or
 * above it, and it is never the shared temporary directory. The path has no links: those could lead elsewhere later.
 *
 * @param make whether to make it; a user who has no caches gets none.
 * @returns null if there is none, or it is not safe.
 */
function cacheDirectory(make: boolean): string | null {
  const { HOME = '', XDG_CACHE_HOME = '', NODE_DISABLE_COMPILE_CACHE } = process.env;
  const uid = process.geteuid?.();
  const given = isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(HOME, '.cache');
  // Windows tells neither owners nor modes that mean anything.
  if (uid === undefined || NODE_DISABLE_COMPILE_CACHE !== undefined || !isAbsolute(given)) return null;
  try {
    const caches = realpathSync.native(given);
    if (make && isSafe(caches, uid)) mkdirSync(join(caches, 'keypair', 'compiled'), { recursive: true, mode: 0o700 });
    const directory = realpathSync.native(join(caches, 'keypair', 'compiled'));
    const { uid: owner, mode } = statSync(directory);
    return owner === uid && (mode & 0o777) === 0o700 && isSafe(directory, uid) ? directory : null;
  } catch {
    return null;
  }
}

/** Whether nobody but the user and root can put anything in the place of what is in a directory, whose path has no links. */
function isSafe(directory: string, uid: number): boolean {
  for (let at = directory; ; at = dirname(at)) {
    const { uid: owner, mode } = statSync(at);
    const shared = (mode & 0o022) !== 0 && !(owner === 0 && (mode & 0o1000) !== 0);
    if ((owner !== uid && owner !== 0) || shared) return false;
    if (at === dirname(at)) return true;
  }
}
