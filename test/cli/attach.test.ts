import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { descriptors } from '../../src/providers/registry.ts';
import type { Service } from '../../sandbox/behaviour.ts';
import { PLACES } from '../support/places.ts';
import { ended, type Run, start } from '../support/program.ts';
import { type Served, serveSandbox } from '../support/served.ts';
import { KEYS, keypairOnTerminal, type OnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface BoundJson {
  readonly instance: string;
  readonly attached?: boolean | null;
  readonly detached?: boolean | null;
  readonly state: string | null;
  readonly operation: string | null;
}

describe('attach and detach', () => {
  let home: string;
  let served: Served;
  beforeEach(async () => {
    home = temporaryDirectory();
    served = await serveSandbox({ behaviour: { requestsPerSecond: null, operationMs: 700 } });
  });
  afterEach(() => served.close());

  const keypair = (...args: string[]): Promise<Run> => served.run(args, { home });
  const seed = (service: Service = 'cvm', region = 'ap-guangzhou', name = 'foo'): string =>
    served.sandbox.seed({ service, region, count: 1, name: () => name })[0]?.id ?? '';
  const lines = ({ stdout }: Run): readonly BoundJson[] =>
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as BoundJson);
  const binds = (): number =>
    served.sandbox.log.filter(({ action }) => /Associate|Attach|Detach|BindInstance/i.test(action)).length;
  const boundTo = async (provider: string): Promise<unknown> =>
    (
      JSON.parse((await keypair('show', '-p', provider, 'foo', '--json')).stdout) as {
        instances: readonly string[];
      }
    ).instances;

  it('says how to log in, if the private key is here and the instance runs', async () => {
    const where = ['-p', 'lighthouse', '-r', 'ap-guangzhou'];
    expect((await keypair('create', ...where, '--name', 'foo', '-q')).exit).toBe(0);
    const attach = ['attach', ...where, 'foo', 'lhins-sandbox1', '--online', '--user', 'ubuntu', '--wait', '--yes'];
    const next = 'keypair: next: keypair ssh lhins-sandbox1 -p lighthouse -r ap-guangzhou';
    const attached = await keypair(...attach);
    expect(attached.stderr).toContain(next);
    // The other keys stay, and so does the password.
    expect(attached.stderr).not.toContain('warning:');
    const elsewhere = await served.run(['detach', ...attach.slice(1)], { home });
    expect(elsewhere).toMatchObject({ exit: 0, stderr: expect.not.stringMatching(/next:|warning:/) as string });
    const without = await served.run(attach, { home: temporaryDirectory() });
    expect(without).toMatchObject({ exit: 0, stderr: expect.not.stringContaining('next:') as string });
  });

  it('says how to put the key on a running instance of ECS now, since it waits for a reboot', async () => {
    const where = ['-p', 'aliyun', '-r', 'cn-hangzhou'];
    expect((await keypair('create', ...where, '--name', 'foo', '-q')).exit).toBe(0);
    const { stderr } = await keypair('attach', ...where, 'foo', 'i-sandbox1', '--yes');
    expect(stderr).toContain(
      'keypair: next: reboot it, or put the key on it now with: keypair authorize foo i-sandbox1 -p aliyun -r cn-hangzhou',
    );
  });

  it.each(PLACES)('waits until it is true on %s, there and back', async ({ provider, service, region, instance }) => {
    const id = seed(service, region);
    const instances = [instance(3), instance(4)];
    const isAliyun = region.startsWith('cn-');
    const there = await keypair('attach', '-p', provider, 'foo', ...instances, '--wait', '--yes', '--json');
    expect([there.exit, there.stderr]).toEqual([0, '']);
    expect(lines(there)).toEqual(
      instances.map((instance) => ({
        provider,
        region,
        name: 'foo',
        id: isAliyun ? null : id,
        instance,
        attached: true,
        state: isAliyun ? 'Stopped' : 'STOPPED',
        operation: isAliyun ? null : 'done',
        sandbox: false,
      })),
    );
    expect(await boundTo(provider)).toEqual(instances);
    const back = await keypair('detach', '-p', provider, 'foo', ...instances, '--wait', '-y', '--json');
    expect([back.exit, back.stderr]).toEqual([0, '']);
    expect(lines(back)).toMatchObject(instances.map((instance) => ({ instance, detached: true })));
    expect(await boundTo(provider)).toEqual([]);
  });

  it('works on the oldest interface, where only the pair tells', async () => {
    seed();
    const v2 = ['-p', 'qcloud', '--api-version', 'v2', 'foo', 'ins-sandbox3', '--yes', '--json'];
    expect(lines(await keypair('attach', ...v2))).toMatchObject([{ attached: true, state: null }]);
    expect(lines(await keypair('detach', ...v2))).toMatchObject([{ detached: true, state: null }]);
  });

  it('says that it is under way when it is not waited for', async () => {
    seed('lighthouse');
    const there = await keypair('attach', '-p', 'lighthouse', 'foo', 'lhins-sandbox1', '--yes', '--json');
    expect([there.exit, there.stderr]).toEqual([0, '']);
    expect(lines(there)).toMatchObject([{ attached: false, state: 'STOPPING', operation: 'under way' }]);
    const second = ['attach', '-p', 'lighthouse', 'foo', 'lhins-sandbox2', '--yes'];
    const { stdout, stderr } = await keypair(...second);
    expect(stdout).toBe('attaching foo to lhins-sandbox2\n');
    expect(stderr).toContain('--wait waits for it');
    expect(stderr).not.toContain('\u001b');
  });

  it('says what it did, piped and with --quiet', async () => {
    seed();
    const args = ['-p', 'tencent', 'foo', 'ins-sandbox3', 'ins-sandbox4', '--yes'];
    const piped = await keypair('attach', ...args);
    expect(piped.stdout).toBe('attached foo to ins-sandbox3\nattached foo to ins-sandbox4\n');
    const quiet = await keypair('detach', ...args, '-q');
    expect(quiet).toMatchObject({ exit: 0, stdout: 'ins-sandbox3\nins-sandbox4\n' });
  });

  it.each(PLACES)('says before it acts what it does on $provider', async ({ provider, service, region, instance }) => {
    seed(service, region);
    const args = ['-p', provider, 'foo', instance(3), '--yes', '--wait'];
    const descriptor = descriptors.find(({ id }) => id === provider);
    expect((await keypair('attach', ...args)).stderr).toContain(descriptor?.attachWarning);
    expect((await keypair('detach', ...args)).stderr).toContain(descriptor?.detachWarning);
  });

  it('stops a running instance only with --force-stop', async () => {
    seed();
    const args = ['attach', '-p', 'tencent', 'foo', 'ins-sandbox1', '--yes', '--json', '--wait'];
    const running = await keypair(...args);
    expect(running.exit).toBe(5);
    expect(JSON.parse(running.stderr)).toMatchObject({
      error: {
        code: 'CONFLICT',
        message: expect.stringMatching(/^ins-sandbox1: /) as string,
        hints: expect.arrayContaining([
          expect.stringContaining('--force-stop'),
          expect.stringContaining('see https://'),
        ]) as string[],
      },
    });
    const forced = await keypair(...args, '--force-stop');
    expect(lines(forced)).toMatchObject([{ attached: true, state: 'RUNNING' }]);
  });

  it('binds for a user while the instance runs, and takes it from that user alone', async () => {
    seed('lighthouse');
    const args = ['-p', 'lighthouse', 'foo', 'lhins-sandbox1', '--yes', '--json', '--wait', '--online', '--user'];
    for (const user of ['ubuntu', 'root']) {
      expect(lines(await keypair('attach', ...args, user))).toMatchObject([{ attached: true, state: 'RUNNING' }]);
    }
    expect(lines(await keypair('detach', ...args, 'root'))).toMatchObject([{ detached: true }]);
    expect(await boundTo('lighthouse')).toEqual(['lhins-sandbox1']);
    expect((await keypair('detach', ...args, 'root')).exit).not.toBe(0);
    expect(lines(await keypair('detach', ...args, 'ubuntu'))).toMatchObject([{ detached: true }]);
    expect(await boundTo('lighthouse')).toEqual([]);
  });

  it.each(PLACES)(
    'tells of each instance of $provider that fails, and does the others',
    async ({ provider, service, region, instance }) => {
      seed(service, region);
      const good = instance(3);
      const bad = [instance(9), instance(5)];
      const answer = await keypair('attach', '-p', provider, 'foo', ...bad, good, '--yes', '--wait', '--json');
      expect(answer.exit).toBe(3);
      expect(lines(answer)).toMatchObject([{ instance: good, attached: true }]);
      const errors = answer.stderr
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { error: { code: string; message: string } }).error);
      expect(errors.map(({ message }) => message.split(':')[0])).toEqual(bad);
      expect(errors[0]?.code).toBe('NOT_FOUND');
      expect(await boundTo(provider)).toEqual([good]);
    },
  );

  describe('an instance', () => {
    it.each([...PLACES.map(({ provider }) => provider)])(
      'of %s is its id, its name or its address',
      async (provider) => {
        const place = PLACES.find((one) => one.provider === provider)!;
        seed(place.service, place.region);
        const words = ['batch-1', '10.0.0.3', place.instance(3), 'batch-2'];
        const there = await keypair('attach', '-p', provider, 'foo', ...words, '--yes', '--json', '--wait');
        expect([there.exit, there.stderr]).toEqual([0, '']);
        const ids = [place.instance(3), place.instance(4)];
        expect(lines(there).map(({ instance }) => instance)).toEqual(ids);
        const back = await keypair('detach', '-p', provider, 'foo', '10.0.0.4', '--yes', '--json', '--wait');
        expect(lines(back)).toMatchObject([{ instance: ids[1], detached: true }]);
      },
    );

    it('by id costs no list', async () => {
      seed();
      const lists = (): number => served.sandbox.log.filter(({ action }) => action === 'DescribeInstances').length;
      await keypair('attach', '-p', 'tencent', 'foo', 'ins-sandbox3', '--yes', '--json');
      const byId = lists();
      await keypair('attach', '-p', 'tencent', 'foo', 'batch-1', '--yes', '--json');
      expect(lists() - byId).toBe(byId + 1);
    });

    it('that is not there is NOT_FOUND, all at once, and nothing is bound', async () => {
      seed();
      const answer = await keypair(
        'attach',
        '-p',
        'tencent',
        'foo',
        'batch-1',
        'nobody',
        '10.9.9.9',
        '--yes',
        '--json',
      );
      expect(answer.exit).toBe(3);
      expect(JSON.parse(answer.stderr)).toMatchObject({
        error: {
          code: 'NOT_FOUND',
          message: expect.stringContaining('no instance nobody, 10.9.9.9 in ap-guangzhou') as string,
          hints: expect.arrayContaining([expect.stringContaining('keypair instances -p tencent')]) as string[],
        },
      });
      expect(binds()).toBe(0);
    });

    it('whose name another has is CONFLICT with both ids, and nothing is bound', async () => {
      seed();
      served.sandbox.fault({
        kind: 'patch',
        action: 'DescribeInstances',
        patch: (answer) =>
          JSON.parse(JSON.stringify(answer), (key, value: unknown) =>
            key === 'InstanceName' && value === 'batch-2' ? 'batch-1' : value,
          ) as unknown,
      });
      const answer = await keypair('attach', '-p', 'tencent', 'foo', 'batch-1', '--yes', '--json');
      expect(answer.exit).toBe(5);
      const { error } = JSON.parse(answer.stderr) as { error: { code: string; message: string } };
      expect(error.code).toBe('CONFLICT');
      for (const id of ['ins-sandbox3', 'ins-sandbox4']) expect(error.message).toContain(id);
      expect(binds()).toBe(0);
    });

    it('by name needs the right to see instances', async () => {
      seed();
      served.sandbox.fault({ kind: 'error', code: 'UnauthorizedOperation', action: 'DescribeInstances' });
      const answer = await keypair('attach', '-p', 'tencent', 'foo', 'batch-1', '--yes');
      expect(answer.exit).toBe(4);
      expect(answer.stderr).toContain('or give the ids of the instances');
      expect(binds()).toBe(0);
    });
  });

  it('does not find a pair that is not there', async () => {
    expect((await keypair('attach', '-p', 'tencent', 'foo', 'ins-sandbox3', '--yes')).exit).toBe(3);
    expect(binds()).toBe(0);
  });

  describe('refuses before it calls', () => {
    it.each<[string, string[], string]>([
      ['no --yes', ['tencent', 'foo', 'x'], 'missing: --yes'],
      ['no --yes with --json', ['tencent', 'foo', 'x', '--json'], 'missing: --yes'],
      ['no instance', ['tencent', 'foo', '--yes'], 'INSTANCE'],
      ['an empty instance', ['tencent', 'foo', '', '--yes'], 'empty'],
      ['--online without --user', ['lighthouse', 'foo', 'x', '--online'], 'missing: --user, --yes'],
      ['--user without --online', ['lighthouse', 'foo', 'x', '--user', 'u', '--yes'], '--online'],
      ['an empty --user', ['lighthouse', 'foo', 'x', '--online', '--user', '', '--yes'], '--user'],
      ['--force-stop on Lighthouse', ['lighthouse', 'foo', 'x', '--force-stop', '--yes'], '--force-stop'],
      ['--force-stop on Alibaba', ['aliyun', 'foo', 'x', '--force-stop', '--yes'], '--force-stop'],
      ['--force-stop on v2', ['qcloud', '--api-version', 'v2', 'f', 'x', '--force-stop', '-y'], '--force-stop'],
      ['--wait on v2', ['qcloud', '--api-version', 'v2', 'foo', 'x', '--wait', '--yes'], '--wait'],
      ['--online on CVM', ['tencent', 'foo', 'x', '--online', '--user', 'u', '--yes'], '--online'],
    ])('%s', async (_what, [provider = '', ...args], word) => {
      for (const command of ['attach', 'detach']) {
        const { exit, stdout, stderr } = await keypair(command, '-p', provider, ...args);
        expect(stderr).toContain(word);
        expect([exit, stdout]).toEqual([2, '']);
      }
      expect(served.sandbox.log).toEqual([]);
    });
  });

  describe('is PARTIAL', () => {
    const codes = ({ stderr }: Run): readonly string[] =>
      stderr
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { error: { code: string } }).error.code);
    const args = ['attach', '-p', 'lighthouse', 'foo', 'lhins-sandbox1', 'lhins-sandbox3', '--yes', '--json'];

    it('when the answer is lost, for each instance', async () => {
      const id = seed('lighthouse');
      served.sandbox.fault({ kind: 'drop', when: 'after', action: 'AssociateInstancesKeyPairs' });
      const answer = await keypair(...args);
      expect([answer.exit, answer.stdout]).toEqual([7, '']);
      expect(codes(answer)).toEqual(['PARTIAL', 'PARTIAL']);
      expect(answer.stderr).toContain(`keypair show ${id}`);
      expect(binds()).toBe(1);
    });

    it('when it cannot be seen whether it is done', async () => {
      seed('lighthouse');
      served.sandbox.fault({
        kind: 'error',
        code: 'UnauthorizedOperation.NoPermission',
        action: 'DescribeInstances',
        times: 99,
      });
      const answer = await keypair(...args, '--wait');
      expect([answer.exit, answer.stdout]).toEqual([7, '']);
      expect(codes(answer)).toEqual(['PARTIAL', 'PARTIAL']);
      expect(answer.stderr).toContain('attaching foo to lhins-sandbox3 was accepted');
    });

    it('when the operation failed', async () => {
      seed('lighthouse');
      served.sandbox.fault({
        kind: 'patch',
        action: 'DescribeInstances',
        times: 99,
        patch: (answer) =>
          JSON.parse(JSON.stringify(answer), (name, value: unknown) =>
            name === 'LatestOperationState' ? 'FAILED' : value,
          ) as unknown,
      });
      const answer = await keypair(...args, '--wait');
      expect(answer.exit).toBe(7);
      expect(answer.stderr).toContain('attaching foo to lhins-sandbox1 was accepted, and failed');
    });

    it('at Ctrl-C while it waits', async () => {
      await served.close();
      let child: ReturnType<typeof start> | null = null;
      served = await serveSandbox({
        behaviour: { requestsPerSecond: null, operationMs: 60_000 },
        onRequest: ({ action }) => {
          if (action === 'DescribeInstances') child?.kill('SIGINT');
        },
      });
      seed('lighthouse');
      child = start([...args, '--wait'], { home, env: served.env });
      const answer = await ended(child);
      expect([answer.exit, answer.stdout]).toEqual([7, '']);
      expect(codes(answer)).toEqual(['PARTIAL', 'PARTIAL']);
    });
  });

  it('does not need the right to see instances', async () => {
    seed('ecs', 'cn-hangzhou');
    served.sandbox.fault({ kind: 'error', code: 'Forbidden.RAM', status: 403, action: 'DescribeInstances' });
    const answer = await keypair('attach', '-p', 'aliyun', 'foo', 'i-sandbox3', '--yes', '--json');
    expect([answer.exit, answer.stderr]).toEqual([0, '']);
    expect(lines(answer)).toMatchObject([{ attached: null, state: null }]);
  });

  it('ends what it has asked for at Ctrl-C', async () => {
    await served.close();
    let child: ReturnType<typeof start> | null = null;
    served = await serveSandbox({
      onRequest: ({ action }) => {
        if (action === 'AssociateInstancesKeyPairs') child?.kill('SIGINT');
      },
    });
    seed();
    child = start(['attach', '-p', 'tencent', 'foo', 'ins-sandbox3', '--yes'], { home, env: served.env });
    const { exit, stdout } = await ended(child);
    expect(exit).toBe(130);
    expect(stdout).toContain('foo to ins-sandbox3');
    expect(await boundTo('tencent')).toEqual(['ins-sandbox3']);
  });

  describe('on a terminal', () => {
    const terminal = (...args: string[]): OnTerminal =>
      keypairOnTerminal(['attach', '-p', 'lighthouse', 'foo', ...args], { home, env: served.env });

    it('shows the instances and asks', async () => {
      seed('lighthouse');
      await using asked = terminal('lhins-sandbox1');
      await asked.shows('lhins-sandbox1 (web-1, RUNNING) will be stopped by force: Attach foo to');
      expect(asked.screen()).toContain('warning: a running instance is stopped for it');
      asked.type(`n${KEYS.enter}`);
      expect(await asked.ended()).toBe(130);
      expect(asked.screen()).toContain('cancelled: nothing was changed');
      expect(binds()).toBe(0);
    });

    it('takes names and addresses, too, where there is no list to choose from', async () => {
      seed('lighthouse');
      served.sandbox.fault({ kind: 'error', code: 'UnauthorizedOperation', action: 'DescribeInstances' });
      await using asked = terminal();
      await asked.shows('Ids, names or addresses of the instances, separated by spaces:');
      asked.type(`web-1 10.0.0.3 lhins-sandbox1${KEYS.enter}`);
      await asked.shows(/Attach foo to lhins-sandbox1 \(web-1, RUNNING\)[^(]*lhins-sandbox3 \(batch-1/);
      asked.type(`n${KEYS.enter}`);
      expect(await asked.ended()).toBe(130);
    });

    it('shows that it waits', async () => {
      seed('lighthouse');
      await using asked = terminal('lhins-sandbox1', 'lhins-sandbox3', '--wait');
      await asked.shows('Attach foo to');
      asked.type(`y${KEYS.enter}`);
      await asked.shows('waiting for lhins-sandbox');
      expect(await asked.ended()).toBe(0);
      expect(asked.screen()).toContain('attached foo to lhins-sandbox3');
      expect(asked.screen()).not.toContain('waiting for');
    });

    it.each(['--no-input', '--json'])('asks nothing with %s', async (flag) => {
      await using refused = terminal('lhins-sandbox1', flag);
      expect(await refused.ended()).toBe(2);
      expect(refused.screen()).toContain('missing: --yes');
    });
  });
});
