import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Measures the built program beside Node itself, beside bare scripts and beside the vendors' SDKs, on each of the three
 * Nodes: all in one run, taking turns, so that the ratios mean something on any machine. Prints the tables of README.md.
 * `npm run bench [runs]`.
 */
const runs = Number(process.argv[2] ?? 15);
const root = path.resolve(import.meta.dirname, '..');
const bin = path.join(root, 'bin/keypair.js');
const script = (name) => path.join(root, 'bench', name);
const scratch = mkdtempSync(path.join(tmpdir(), 'keypair-bench-'));
const servers = [];

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const note = (text) => process.stderr.write(`${text}\n`);

/** Node by its major version, from npm; once for all later runs. */
function nodes() {
  const prefix = path.join(root, 'node_modules/.cache/bench');
  const majors = [20, 22, 24];
  if (!existsSync(path.join(prefix, 'node_modules/node24'))) {
    mkdirSync(prefix, { recursive: true });
    writeFileSync(path.join(prefix, 'package.json'), '{"private": true}');
    const wanted = majors.map((major) => `node${major}@npm:node-${process.platform}-${process.arch}@${major}`);
    execFileSync('npm', ['install', '--prefix', prefix, '--ignore-scripts', '--no-audit', '--no-fund', ...wanted]);
  }
  return majors.map((major) => path.join(prefix, `node_modules/node${major}/bin/node`));
}

/** Starts server.js and gives its address. */
async function serve(...flags) {
  const server = spawn(process.execPath, [script('server.js'), ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  servers.push(server);
  const port = String((await once(server.stdout, 'data'))[0]).trim();
  return { origin: `${flags.includes('--tls') ? 'https' : 'http'}://127.0.0.1:${port}`, server };
}

const home = path.join(scratch, 'home');
const names = path.join(home, '.cache/keypair/names');
mkdirSync(names, { recursive: true });
// What completions of names read: a region with as many pairs as Alibaba Cloud allows in one.
writeFileSync(
  path.join(names, 'tencent,ap-guangzhou,sandbox.json'),
  JSON.stringify(Array.from({ length: 500 }, (_, index) => [`name${index}`, `skey-${index}`, 'rsa 2048'])),
);
const authority = path.join(scratch, 'tls');
const self = [
  '-x509',
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:P-256',
  '-nodes',
  '-days',
  '2',
  '-subj',
  '/CN=x',
];
execFileSync(
  'openssl',
  [
    'req',
    ...self,
    '-addext',
    'subjectAltName=IP:127.0.0.1,DNS:cvm.tencentcloudapi.com',
    '-keyout',
    `${authority}.key`,
    '-out',
    `${authority}.pem`,
  ],
  { stdio: 'ignore' },
);

const env = {
  PATH: process.env.PATH,
  HOME: home,
  TENCENTCLOUD_SECRET_ID: 'AKIDbenchmark',
  TENCENTCLOUD_SECRET_KEY: 'benchmark',
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAIbenchmark',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'benchmark',
};
const trusting = { ...env, NODE_EXTRA_CA_CERTS: `${authority}.pem` };
let count = 0;
const file = () => path.join(scratch, `key${count++}`);

/** One run of a program: milliseconds from start to end. */
function measure(node, { args, env: variables = env }) {
  const words = args();
  const begin = performance.now();
  const { status, stderr } = spawnSync(node, words, { env: variables, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')}: exit ${status}\n${stderr}`);
  return performance.now() - begin;
}

/** The peak of a run's memory in KiB, by its own account at its end: a run of its own, since asking costs time. */
function peak(node, { args }) {
  const report = path.join(scratch, 'peak');
  const hook = `require('fs').writeFileSync(${JSON.stringify(report)}, String(process.resourceUsage().maxRSS))`;
  writeFileSync(path.join(scratch, 'hook.cjs'), `process.on('exit', () => { ${hook}; });`);
  // Where a run keeps compiled code depends on Node's flags: the first of these makes it.
  measure(node, { args: () => ['-r', path.join(scratch, 'hook.cjs'), ...args()] });
  measure(node, { args: () => ['-r', path.join(scratch, 'hook.cjs'), ...args()] });
  return Number(readFileSync(report, 'utf8'));
}

/** What is run, and what it is compared with. */
async function programs() {
  const near = await serve();
  const far = await serve('--away', '40', '--tls', authority);
  const ours = (provider, { origin }) => [
    '-p',
    provider,
    '--endpoint',
    origin,
    ...['create', '-q', '-n', 'foo', '--output', file()],
  ];
  const tab = [bin, '__complete', 'bash', 'line=name49', '--sandbox', '-p', 'tencent', 'show'];
  return {
    'node -e 0': { args: () => ['-e', '0'] },
    '--version': { args: () => [bin, '--version'], than: 'node -e 0', aim: 1.15 },
    '--help': { args: () => [bin, '--help'], than: 'node -e 0', aim: 1.3 },
    'TAB after show': { args: () => tab, than: 'node -e 0', aim: 1.3 },
    'bare script, tencent': { args: () => [script('bare-tencent.js'), near.origin, file()] },
    'create, tencent': {
      args: () => [bin, ...ours('tencent', near)],
      than: 'bare script, tencent',
      aim: { 20: 1.5, 22: 1.3, 24: 1.2 },
      memory: 1.4,
    },
    'bare script, aliyun': { args: () => [script('bare-aliyun.js'), near.origin, file()] },
    'create, aliyun': {
      args: () => [bin, ...ours('aliyun', near)],
      than: 'bare script, aliyun',
      aim: { 20: 1.5, 22: 1.3, 24: 1.2 },
      memory: 1.4,
    },
    'bare script, TLS 40 ms away': { args: () => [script('bare-tencent.js'), far.origin, file()], env: trusting },
    'create, TLS 40 ms away': {
      args: () => [bin, ...ours('tencent', far)],
      env: trusting,
      than: 'bare script, TLS 40 ms away',
      aim: 1.1,
    },
    'whole SDK, tencent': { args: () => [script('sdk-tencent.js'), near.origin, file()] },
    'whole SDK, aliyun': { args: () => [script('sdk-aliyun.js'), near.origin, file()] },
  };
}

/** Times of all programs on each Node: they take turns. The first round is not counted: it warms all caches. */
function timesOf(all, binaries) {
  const times = new Map(binaries.map((node) => [node, new Map(Object.keys(all).map((name) => [name, []]))]));
  for (let round = -1; round < runs; round += 1) {
    note(round < 0 ? 'warming up' : `round ${round + 1} of ${runs}`);
    for (const node of binaries) {
      for (const [name, program] of Object.entries(all)) {
        const time = measure(node, program);
        if (round >= 0) times.get(node).get(name).push(time);
      }
    }
  }
  return times;
}

const cell = (ratio, aim) => (aim === undefined || ratio <= aim ? ratio.toFixed(2) : `**${ratio.toFixed(2)}**`);
const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);
const majorOf = (node) => Number(/node(\d+)/.exec(node)[1]);

function printTimes(all, times) {
  const binaries = [...times.keys()];
  row('ratio of the medians (aim)', ...binaries.map((node) => `Node ${majorOf(node)}`));
  row('---', ...binaries.map(() => '---'));
  const compared = Object.entries(all).flatMap(([name, { than, aim }]) =>
    than === undefined ? [] : [[name, than, aim]],
  );
  for (const vendor of ['tencent', 'aliyun']) compared.push([`create, ${vendor}`, `whole SDK, ${vendor}`, 0.35]);
  for (const [name, than, aim] of compared) {
    const aims = typeof aim === 'number' ? String(aim) : Object.values(aim).join(', ');
    const cells = binaries.map((node) => {
      const of = (which) => median(times.get(node).get(which));
      return cell(of(name) / of(than), typeof aim === 'number' ? aim : aim[majorOf(node)]);
    });
    row(`${name} / ${than} (${aims})`, ...cells);
  }
  for (const [name, program] of Object.entries(all)) {
    if (program.memory === undefined) continue;
    const cells = binaries.map((node) => cell(peak(node, program) / peak(node, all['node -e 0']), program.memory));
    row(`memory of ${name} / node -e 0 (${program.memory})`, ...cells);
  }
  console.log('');
  row('milliseconds: min, median, max', ...binaries.map((node) => `Node ${majorOf(node)}`));
  row('---', ...binaries.map(() => '---'));
  for (const name of Object.keys(all)) {
    const cells = binaries.map((node) => {
      const list = times.get(node).get(name);
      return [Math.min(...list), median(list), Math.max(...list)].map((ms) => ms.toFixed(0)).join(', ');
    });
    row(name, ...cells);
  }
}

/** Runs the program and gives the seconds that it took. */
async function seconds(node, args) {
  const begin = performance.now();
  const child = spawn(node, [bin, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.on('data', (text) => (words += text));
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`${args.join(' ')}: exit ${status}\n${words}`);
  if (/slow|limit|throttl/i.test(words)) throw new Error(`${args.join(' ')}: told of the limit\n${words}`);
  return (performance.now() - begin) / 1000;
}

/** Long lists and batches at a service that is 100 ms away and takes ten requests a second of each action and region. */
async function printLimits(node) {
  const limit = ['--away', '100', '--limit', '10'];
  const list = (origin, region) => [
    'list',
    '--cloud-only',
    '--json',
    '-p',
    'tencent',
    '-r',
    region,
    '--endpoint',
    origin,
  ];
  const { origin: long } = await serve(...limit, '--pairs', '5000');
  const { origin: many } = await serve(...limit, '--pairs', '500');
  const { origin: makes } = await serve(...limit);
  const directory = () => mkdtempSync(path.join(scratch, 'many-'));
  const batch = (prefix) => {
    const wanted = Array.from({ length: 300 }, (_, index) => `${prefix}${index}`);
    return ['create', '-q', '-p', 'tencent', '--endpoint', makes, '--key-dir', directory(), '--name', ...wanted];
  };
  row('at 10 requests a second, 100 ms away (aim)', 'seconds', 'ratio');
  row('---', '---', '---');
  const print = (name, taken, own, aim) => row(`${name} (${aim})`, taken.toFixed(1), cell(taken / own, aim));
  note('lists');
  print("5,000 pairs in a list / the limit's own time", await seconds(node, list(long, 'ap-guangzhou')), 5.1, 1.1);
  const one = await seconds(node, list(many, 'ap-guangzhou'));
  print('18 regions of 500 pairs / one such region', await seconds(node, list(many, 'all')), one, 1.25);
  note('batches');
  print("300 creates / the limit's own time", await seconds(node, batch('alone')), 30, 1.05);
  const both = await Promise.all([seconds(node, batch('first')), seconds(node, batch('second'))]);
  print("300 creates in each of two processes / the limit's own time", Math.max(...both), 60, 1.05);
}

try {
  const binaries = nodes();
  const all = await programs();
  printTimes(all, timesOf(all, binaries));
  console.log('');
  await printLimits(binaries[0]);
  const [{ size }] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  console.log(`\nThe packed package has ${(size / 1024).toFixed(0)} KiB (aim: 450).`);
} finally {
  for (const server of servers) server.kill();
  rmSync(scratch, { recursive: true, force: true });
}
