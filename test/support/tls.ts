import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A server's private key and certificate, PEM, as `https.createServer` takes them. */
export interface ServerIdentity {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority that lives in a temporary directory for the time of a file's tests. */
interface CertificateAuthority {
  readonly caPem: string;
  /** The file of `caPem`, for NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  /** Makes a key and a certificate for these host names and IPv4 or IPv6 addresses. */
  issue(names: readonly string[], options?: { readonly expired?: boolean }): ServerIdentity;
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes a new authority for the tests of a file with the `openssl` program (Debian package `openssl`). */
export function makeCertificateAuthority(): CertificateAuthority {
  const directory = mkdtempSync(join(tmpdir(), 'keypair-ca-'));
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const file = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const caFile = file('ca.pem');
  openssl('req', '-x509', ...EC_KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test CA');

  let count = 0;
  return {
    caPem: readFileSync(caFile, 'utf8'),
    caFile,
    issue: (names, { expired = false } = {}) => {
      const base = `server${++count}`;
      const subject = `subjectAltName=${names.map(alternativeName).join(',')}`;
      writeFileSync(file(`${base}.ext`), subject);
      openssl('req', ...EC_KEY, '-keyout', `${base}.key`, '-out', `${base}.csr`, '-subj', '/CN=test server');
      const days = expired ? '-1' : '2';
      const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', String(count + 1), '-days', days];
      openssl('x509', '-req', '-in', `${base}.csr`, ...signing, '-extfile', `${base}.ext`, '-out', `${base}.pem`);
      return {
        key: readFileSync(file(`${base}.key`), 'utf8'),
        cert: readFileSync(file(`${base}.pem`), 'utf8'),
      };
    },
  };
}

function alternativeName(name: string): string {
  return /^[\d.]+$|:/.test(name) ? `IP:${name}` : `DNS:${name}`;
}
