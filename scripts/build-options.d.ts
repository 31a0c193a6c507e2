import type { BuildOptions } from 'esbuild';

export declare function buildOptions(): Promise<BuildOptions>;
