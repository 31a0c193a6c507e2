import type { Metafile } from 'esbuild';

export declare function bundle(): Promise<{
  readonly files: ReadonlyMap<string, string>;
  readonly metafile: Metafile;
}>;
