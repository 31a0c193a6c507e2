import { dirname, join } from 'node:path';

/**
 * What the signers of the two SDKs (and Commander) import but never call, and what stands in for it. The SDKs' own HTTP layers hang
 * on these imports; one transport of ours sends, so nothing of them runs.
 *
 * - `@darabonba/typescript`: the request models need its `Model`, which is in `dist/core.js`; its index would bring a
 *   WebSocket client, lodash, moment and an XML parser.
 * - `httpx`: called only by `doAction`, which sends.
 * - `@alicloud/credentials`: named only in `Config.types()`, which we never ask for.
 * - `json-bigint`: `Sign.sign3` prints bodies that are objects with it; we hand it the bytes.
 * - `kerberos`: for a proxy that wants Negotiate, where somebody has installed it: by its bare name Node would look for it
 *   in every directory above the program, where others may put one of theirs.
 * - `child_process`: Commander starts programs for commands that are files of their own; we have none.
 */
const STAND_INS = new Map([
  ['@darabonba/typescript', { file: 'dist/core.js' }],
  ['httpx', { code: 'module.exports = {};' }],
  ['@alicloud/credentials', { code: 'module.exports = {};' }],
  ['json-bigint', { code: 'module.exports = () => JSON;' }],
  ['kerberos', { code: "throw new Error('kerberos is not part of this program');" }],
  ['node:child_process', { code: 'module.exports = {};' }],
]);

/** Which packages may be asked for with a stand-in: an import of ours gets the real one. */
const ASKED_BY =
  /[\\/]node_modules[\\/](?:@alicloud|@darabonba|tencentcloud-sdk-nodejs|commander|proxy-agent-negotiate)[\\/]/;

/**
 * An esbuild plugin that leaves out of the bundle what the SDKs' signers and models load but never run.
 *
 * @returns {import('esbuild').Plugin}
 */
export function slimSdk() {
  return {
    name: 'slim-sdk',
    setup(build) {
      const names = [...STAND_INS.keys()].map((name) => name.replaceAll(/[/.]/g, '\\$&'));
      build.onResolve({ filter: new RegExp(`^(?:${names.join('|')})$`) }, async (args) => {
        const standIn = STAND_INS.get(args.path);
        if (args.pluginData === slimSdk || standIn === undefined || !ASKED_BY.test(args.importer)) return undefined;
        if (standIn.code !== undefined) return { path: args.path, namespace: 'slim-sdk' };
        // Resolving the name again, past this plugin, finds the package in whichever node_modules it is.
        const manifest = await build.resolve(`${args.path}/package.json`, {
          kind: args.kind,
          resolveDir: args.resolveDir,
          pluginData: slimSdk,
        });
        return { path: join(dirname(manifest.path), standIn.file) };
      });
      build.onLoad({ filter: /.*/, namespace: 'slim-sdk' }, (args) => ({
        contents: STAND_INS.get(args.path).code,
        loader: 'js',
      }));
    },
  };
}
