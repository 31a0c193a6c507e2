import type { Call } from './traced.ts';

/** What each system call may fail with, the likeliest first. `EPERM` of link(2): a file system without hard links. */
const ERRORS: Readonly<Record<string, readonly string[]>> = {
  openat: ['ENOSPC', 'EIO', 'EROFS', 'EDQUOT', 'EACCES', 'EMFILE', 'ENOENT', 'ESTALE'],
  mkdir: ['ENOSPC', 'EROFS', 'EIO', 'EDQUOT', 'EACCES'],
  chmod: ['EIO', 'EPERM', 'EROFS'],
  fchmod: ['EIO', 'EPERM', 'EROFS'],
  statx: ['EIO', 'EACCES', 'ESTALE'],
  pwrite64: ['ENOSPC', 'EIO', 'EDQUOT', 'EAGAIN', 'EINTR', 'ESTALE'],
  fsync: ['EIO', 'ENOSPC', 'EDQUOT', 'EINVAL'],
  ftruncate: ['EIO', 'ENOSPC'],
  close: ['EIO', 'ENOSPC', 'EDQUOT'],
  link: ['EPERM', 'EIO', 'ENOSPC', 'EROFS', 'EMLINK', 'EEXIST'],
  rename: ['EIO', 'ENOSPC', 'EXDEV'],
  unlink: ['EIO', 'EROFS'],
  rmdir: ['EIO', 'EROFS'],
  getdents64: ['EIO'],
  pread64: ['EIO'],
  read: ['EIO'],
};

/** One thing to inject, in words and as strace takes it. */
export interface Fault {
  readonly at: Call;
  readonly what: string;
  readonly inject: readonly string[];
}

/** All errors that a call may have, once; with `most`, so many of them. */
export function errorsAt(at: Call, most = Infinity): readonly Fault[] {
  return (ERRORS[at.name] ?? ['EIO'])
    .slice(0, most)
    .map((error) => ({ at, what: error, inject: [`${at.name}:error=${error}:when=${at.nth}`] }));
}

/** A write that takes nothing and says nothing, as POSIX allows it: once. */
export function emptyWriteAt(at: Call): readonly Fault[] {
  return at.name === 'pwrite64'
    ? [{ at, what: 'nothing written', inject: [`${at.name}:retval=0:when=${at.nth}`] }]
    : [];
}

/** Calls that put something on the disk. */
const WRITING = ['openat', 'mkdir', 'fchmod', 'pwrite64', 'fsync', 'link', 'rename', 'unlink', 'ftruncate'];

/**
 * A disk that fails for good: from this call on, whatever would be written to any directory fails with `error`; also
 * what the run that went well, whose calls are given, never came to.
 */
export function failingFrom(at: Call, calls: readonly Call[], error: string, always: readonly string[] = []): Fault {
  const from = calls.indexOf(at);
  const names = WRITING.filter((name) => !always.some((expression) => expression.startsWith(`${name}:`)));
  const inject = names.map((name) => {
    const before = calls.slice(0, from).filter((call) => call.thread === 'disk' && call.name === name);
    const first = (before.at(-1)?.nth ?? 0) + 1;
    return `${name}:error=${error}:when=${first}+`;
  });
  return { at, what: `${error} from here on`, inject };
}
