import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';

/**
 * Measures the built program beside Node itself, beside bare scripts and beside the vendors' SDKs: all in one run,
 * taking turns, so that the ratios mean something on any machine. `npm run bench [runs]`.
 */
const runs = Number(process.argv[2] ?? 15);
const root = path.resolve(import.meta.dirname, '..');
const bin = path.join(root, 'bin/keypair.js');
const script = (name) => path.join(root, 'bench', name);
const scratch = mkdtempSync(path.join(tmpdir(), 'keypair-bench-'));
const server = spawn(process.execPath, [script('server.js')], { stdio: ['ignore', 'pipe', 'inherit'] });
const port = String((await once(server.stdout, 'data'))[0]).trim();

const env = {
  PATH: process.env.PATH,
  HOME: scratch,
  TENCENTCLOUD_SECRET_ID: 'AKIDbenchmark',
  TENCENTCLOUD_SECRET_KEY: 'benchmark',
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAIbenchmark',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'benchmark',
  KEYPAIR_ENDPOINT: `http://127.0.0.1:${port}`,
};
let count = 0;
const file = () => path.join(scratch, `key${count++}`);
const ours = (provider) => () => [bin, 'create', '-q', '-p', provider, '-n', 'foo', '--output', file()];
const other = (name) => () => [script(name), port, file()];

// What completions of names read: a region with as many pairs as Alibaba Cloud allows in one.
const names = path.join(scratch, '.cache/keypair/names');
mkdirSync(names, { recursive: true });
writeFileSync(
  path.join(names, 'tencent,ap-guangzhou,sandbox.json'),
  JSON.stringify(Array.from({ length: 500 }, (_, index) => [`name${index}`, `skey-${index}`, 'rsa 2048'])),
);
const tab = [bin, '__complete', 'bash', 'line=name49', '--sandbox', '-p', 'tencent', 'show'];

const programs = {
  'node -e 0': () => ['-e', '0'],
  'keypair --version': () => [bin, '--version'],
  'keypair --help': () => [bin, '--help'],
  'TAB after keypair show': () => tab,
  'keypair completion bash': () => [bin, 'completion', 'bash'],
  'bare script, tencent': other('bare-tencent.js'),
  'keypair create, tencent': ours('tencent'),
  'whole SDK, tencent': other('sdk-tencent.js'),
  'bare script, aliyun': other('bare-aliyun.js'),
  'keypair create, aliyun': ours('aliyun'),
  'whole SDK, aliyun': other('sdk-aliyun.js'),
  'keypair create, lighthouse': ours('lighthouse'),
};

/** One run: milliseconds from start to end, and the peak of its memory in KiB. */
function measure(args) {
  const report = path.join(scratch, 'peak');
  const begin = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  const milliseconds = performance.now() - begin;
  if (status !== 0) throw new Error(`${args.join(' ')}: exit ${status}\n${stderr}`);
  return { milliseconds, report };
}

/** The peak of a run's memory in KiB, by its own account at its end: a run of its own, since asking costs time. */
function peak(args) {
  const report = path.join(scratch, 'peak');
  const hook = `import fs from 'node:fs';process.on('exit',()=>fs.writeFileSync(${JSON.stringify(report)},String(process.resourceUsage().maxRSS)))`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, ...args],
    {
      env,
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`${args.join(' ')}: exit ${status}\n${stderr}`);
  return Number(readFileSync(report, 'utf8'));
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

try {
  const times = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  for (let round = -1; round < runs; round += 1) {
    for (const [name, args] of Object.entries(programs)) {
      const { milliseconds } = measure(args());
      // The first round warms the caches of disk and compiler.
      if (round >= 0) times[name].push(milliseconds);
    }
  }
  const time = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
  const memory = Object.fromEntries(
    Object.entries(programs).map(([name, args]) => [name, median([peak(args()), peak(args()), peak(args())])]),
  );

  console.log(`Node ${process.version}, median of ${runs} runs\n`);
  for (const name of Object.keys(programs)) {
    console.log(
      `${name.padEnd(28)}${time[name].toFixed(0).padStart(6)} ms${(memory[name] / 1024).toFixed(0).padStart(6)} MiB`,
    );
  }
  const rows = [
    ['--version / node -e 0', time['keypair --version'] / time['node -e 0'], 1.25],
    ['--help / node -e 0', time['keypair --help'] / time['node -e 0'], 1.4],
    ['TAB after show / node -e 0', time['TAB after keypair show'] / time['node -e 0'], 1.3],
    ['completion / node -e 0', time['keypair completion bash'] / time['node -e 0'], null],
    ['create / bare script, tencent', time['keypair create, tencent'] / time['bare script, tencent'], 1.5],
    ['create / bare script, aliyun', time['keypair create, aliyun'] / time['bare script, aliyun'], 1.5],
    ['create / whole SDK, tencent', time['keypair create, tencent'] / time['whole SDK, tencent'], null],
    ['create / whole SDK, aliyun', time['keypair create, aliyun'] / time['whole SDK, aliyun'], null],
    ['memory of create / node, tencent', memory['keypair create, tencent'] / memory['node -e 0'], 1.5],
    ['memory of create / node, aliyun', memory['keypair create, aliyun'] / memory['node -e 0'], 1.5],
  ];
  console.log('');
  for (const [name, ratio, aim] of rows) {
    const verdict = aim === null ? '' : ratio <= aim ? `  (aim ${aim})` : `  (aim ${aim}, missed)`;
    console.log(`${name.padEnd(36)}${ratio.toFixed(2)}${verdict}`);
  }
  const [{ size }] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  console.log(`${'packed package'.padEnd(36)}${(size / 1024).toFixed(0)} KiB  (aim 1024)`);
} finally {
  server.kill();
  rmSync(scratch, { recursive: true, force: true });
}
