import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** What is to be read on each picture. */
const SHOWN: Readonly<Record<string, readonly RegExp[]>> = {
  create: [/^skey-\w{8}$/m, /^SHA256:\w{43}$/m, /^MD5:[0-9a-f:]{47}$/m, /^\/home\/ada\/\.ssh\/foo$/m],
  'create.zh-CN': [/^skey-\w{8}$/m, /^私钥$/m, /^\/home\/ada\/\.ssh\/foo$/m],
  list: [/^NAME +ID .* PRIVATE KEY$/m, /^web_01 .* ~\/\.ssh\/web_01$/m, /^deploy .*cn-shanghai/m],
  'list.zh-CN': [/^指纹$/m, /^~\/\.ssh\/web_01$/m, /^deploy .*cn-shanghai/m],
  questions: [/^Where do you want a key pair\?$/m, /perhaps my_key \(Tab accepts it\)$/m],
  'questions.zh-CN': [/^使用哪个云服务？$/m, /^密钥对名称：/m, /my_key/],
  wizard: [/^This will be done:$/m, /^\? ?Go ahead\?$|^Go ahead\?$/m],
  'wizard.zh-CN': [/私钥/, /云服务/],
};

let taken = '';
beforeAll(async () => {
  taken = temporaryDirectory();
  await promisify(execFile)(process.execPath, [path.join(ROOT, 'scripts/screenshot.js'), '--to', taken], {
    timeout: 55_000,
  });
});

it('pictures are taken of all scenes, and a README shows them', () => {
  const pictures = Object.keys(SHOWN).map((name) => `${name}.svg`);
  expect(readdirSync(taken).sort()).toEqual(pictures.sort());
  expect(readdirSync(path.join(ROOT, 'docs/screenshots')).sort()).toEqual(pictures);
  const readmes = ['README.md', 'README.zh-CN.md'].map((file) => readFileSync(path.join(ROOT, file), 'utf8'));
  for (const picture of pictures) expect(readmes.join('\n')).toContain(`](docs/screenshots/${picture})`);
});

describe.each(Object.entries(SHOWN))('the picture %s', (name, shown) => {
  const file = `${name}.svg`;

  it('is well formed, and says what it should', () => {
    const svg = readFileSync(path.join(taken, file), 'utf8');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="[\d.]+" height="[\d.]+"/);
    const texts = textsOf(svg).join('\n');
    for (const words of shown) expect(texts).toMatch(words);
    expect(texts).not.toMatch(/\/tmp\/|\u001b|undefined|NaN/);
  });
});

/** The texts between the tags, of a document whose tags match (XML 1.0, as far as it is used). */
function textsOf(xml: string): readonly string[] {
  const open: string[] = [];
  const texts: string[] = [];
  const rest = xml.replaceAll(
    /<(\/?)(\w+)((?: [\w:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)(\/?)>([^<&]*(?:&(?:amp|lt|gt|quot);[^<&]*)*)/g,
    (_, end: string, tag: string, _attributes: string, empty: string, text: string) => {
      if (end !== '') expect(open.pop()).toBe(tag);
      else if (empty === '') open.push(tag);
      texts.push(text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'));
      return '';
    },
  );
  expect([rest, open]).toEqual(['', []]);
  return texts;
}
