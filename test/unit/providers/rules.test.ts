import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ecsDescriptor as aliyun, swasDescriptor as swas } from '../../../src/providers/vendors/aliyun/descriptor.ts';
import { descriptors } from '../../../src/providers/registry.ts';
import { cvmDescriptor as tencent } from '../../../src/providers/vendors/tencent/descriptors.ts';

describe.each(descriptors)('the name rule of $id', ({ nameRule }) => {
  test('what it suggests, it accepts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const suggestion = nameRule.suggest(text);
        return suggestion === null ? !/[0-9A-Za-z]/.test(text) : nameRule.accepts(suggestion);
      }),
      { numRuns: 2000 },
    );
  });

  test('what it accepts, it suggests unchanged', () => {
    for (const text of ['ab', 'my_key', 'Tencent', 'a1']) {
      expect(nameRule.accepts(text)).toBe(true);
      expect(nameRule.suggest(text)).toBe(text);
    }
  });

  test('nothing is suggested where nothing is left', () => {
    for (const text of ['', '-', '___ ', '密钥', '…', '\n']) expect(nameRule.suggest(text)).toBeNull();
  });

  test('a name of two lines is none', () => {
    expect(nameRule.accepts('ab\n')).toBe(false);
    expect(nameRule.accepts('ab\ncd')).toBe(false);
  });
});

test.each([
  ['my-key', 'my_key'],
  ['my key!', 'my_key'],
  ['clé.été', 'cle_ete'],
  ['a'.repeat(26), 'a'.repeat(25)],
  ['user@example.com', 'user_example_com'],
])('Tencent: %s could be %s', (text, suggestion) => {
  expect(tencent.nameRule.accepts(text)).toBe(false);
  expect(tencent.nameRule.suggest(text)).toBe(suggestion);
});

test.each([
  ['1key', 'key-1key'],
  ['a', 'key-a'],
  ['_x', 'key-_x'],
  ['my.key', 'my-key'],
  ['http://a', 'http:-a'],
  ['a'.repeat(129), 'a'.repeat(128)],
])('Alibaba: %s could be %s', (text, suggestion) => {
  for (const rule of [aliyun.nameRule, swas.nameRule]) expect(rule.accepts(text)).toBe(false);
  expect(swas.nameRule.suggest(text)).toBe(suggestion.slice(0, 64));
  expect(aliyun.nameRule.suggest(text)).toBe(suggestion);
});

test.each([
  ['env', 'dev', true],
  ['名称', '测试（一）', true],
  ['a'.repeat(127), 'b'.repeat(255), true],
  ['k'.repeat(128), 'v', false],
  ['', 'v', false],
  ['k', '', false],
  ['k', 'v'.repeat(256), false],
  ['qcs:x', 'v', false],
  ['project', 'v', false],
  ['项目一', 'v', false],
  [' k', 'v', false],
  ['k', 'v ', false],
  ['k\n', 'v', false],
  ['k', 'a"b', false],
])('a Tencent tag %j=%j is right: %j', (key, value, right) => {
  expect(tencent.tagRule?.problem(key, value) === null).toBe(right);
});

test.each([
  ['TestKey', 'TestValue', true],
  ['k', '', true],
  ['钥'.repeat(128), '值'.repeat(128), true],
  ['k'.repeat(129), 'v', false],
  ['', 'v', false],
  ['aliyun-x', 'v', false],
  ['acs:x', 'v', false],
  ['k', 'acs:x', false],
  ['http://x', 'v', false],
  ['k', 'see https://x', false],
  ['k', 'v'.repeat(129), false],
])('an Alibaba tag %j=%j is right: %j', (key, value, right) => {
  expect(aliyun.tagRule?.problem(key, value) === null).toBe(right);
});

test.each([
  ['', true],
  ['for tests', true],
  ['说'.repeat(60), true],
  ['😀'.repeat(60), true],
  ['x'.repeat(61), false],
  ['two\nlines', false],
  ['\u001b[31m', false],
])('a description %j is right: %j', (text, right) => {
  const rule = tencent.descriptionRule;
  expect(rule?.accepts(text)).toBe(right);
  const suggestion = rule?.suggest(text) ?? null;
  if (suggestion !== null) expect(rule?.accepts(suggestion)).toBe(true);
});

test.each([
  ['rsa', true, true],
  ['ecdsa', false, true],
  ['dsa', false, true],
  ['ed25519', false, false],
] as const)('a public key of %s is imported by Tencent: %j, by Alibaba: %j', (type, byTencent, byAlibaba) => {
  for (const { vendor, publicKeyRule } of descriptors) {
    expect(publicKeyRule.accepts(type, 2048)).toBe(vendor === 'aliyun' ? byAlibaba : byTencent);
  }
});
