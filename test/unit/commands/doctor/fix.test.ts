import { describe, expect, it } from 'vitest';
import { finding, type Finding } from '../../../../src/commands/doctor/finding.ts';
import type { RepairAction } from '../../../../src/operations/recovery/types.ts';
import { fix } from '../../../../src/commands/doctor/fix.ts';
import { KeypairError } from '../../../../src/errors.ts';
import type { Session } from '../../../../src/cli/session.ts';

const done: string[] = [];

function session(yes: boolean): Session {
  done.length = 0;
  const withSpinner = (_what: string, act: () => Promise<unknown>): Promise<unknown> => act();
  return { settings: { yes }, interactive: false, withSpinner } as unknown as Session;
}

function action(consent: RepairAction['consent'], fails: Error | null = null): RepairAction {
  const apply = (): Promise<string> => {
    if (fails !== null) return Promise.reject(fails);
    done.push(consent);
    return Promise.resolve(`mended for ${consent}`);
  };
  return { title: 'mend it', consent, apply };
}

function broken(...fixes: readonly RepairAction[]): Finding {
  return finding('problem', 'it is broken', { fixes, hints: ['look at it'] });
}

describe('mending', () => {
  it.each([
    [false, ['nobody'], 'nobody'],
    [false, ['anybody'], null],
    [false, ['person'], null],
    [true, ['anybody', 'person'], 'anybody'],
    [true, ['person'], null],
    [true, ['person', 'nobody'], 'nobody'],
    [true, [], null],
  ] as const)('with --yes %s, of %j, does what needs %s', async (yes, consents, which) => {
    const result = await fix(session(yes), broken(...consents.map((consent) => action(consent))));
    expect(done).toEqual(which === null ? [] : [which]);
    expect([result.level, result.fixed]).toEqual(which === null ? ['problem', false] : ['ok', true]);
  });

  it('leaves alone what is well', async () => {
    await fix(session(true), { ...broken(action('nobody')), level: 'ok' });
    expect(done).toEqual([]);
  });

  it.each([
    [new KeypairError('CONFLICT', 'somebody was faster'), 'somebody was faster'],
    [Object.assign(new Error('EPERM: /home/u/secret'), { code: 'EPERM' }), 'EPERM'],
    [new Error('a secret'), 'error'],
  ])('says why it could not: %s', async (error, why) => {
    const result = await fix(session(false), broken(action('nobody', error)));
    expect(result).toMatchObject({ level: 'problem', fixed: false, message: 'it is broken' });
    expect(result.hints).toEqual([`could not mend it: ${why}`, 'look at it']);
  });

  it('ends where the user has had enough', async () => {
    const left = new KeypairError('CANCELLED', 'cancelled');
    await expect(fix(session(false), broken(action('nobody', left)))).rejects.toBe(left);
  });
});
