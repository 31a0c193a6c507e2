import { execFile, type ExecFileException } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A server's private key and certificate, and the certificate of the CA that signed it. All are PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** Why there is no certificate: there is no openssl, or it failed. */
export class CertificateError extends Error {
  readonly reason: 'no-openssl' | 'refused';
  readonly detail: string;

  constructor(reason: CertificateError['reason'], detail: string) {
    super(`no certificate for the sandbox: ${reason} ${detail}`.trimEnd());
    this.name = 'CertificateError';
    this.reason = reason;
    this.detail = detail;
  }
}

/**
 * The names below `localhost` that clients derive from it. Node and OpenSSL take no certificate of `*.localhost` for
 * them, others do.
 */
const NAMES = ['cvm', 'ecs', 'lighthouse', 'region', 'sts', 'swas', 'tag', 'tat', '*'].map(
  (name) => `${name}.localhost`,
);

/** The CA may sign for loopback only: its certificate, once trusted, stands for no real host. */
const CONFIG = `[req]
distinguished_name = subject
[subject]
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
nameConstraints = critical, permitted;DNS:localhost, permitted;IP:127.0.0.0/255.0.0.0, permitted;IP:::1/${Array(8).fill('ffff').join(':')}
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = IP:127.0.0.1, IP:::1, ${['localhost', ...NAMES].map((name) => `DNS:${name}`).join(', ')}
`;

/**
 * Lets the openssl program make a new CA and a certificate for this machine's loopback names.
 *
 * Both private keys are on disk only while it works: the CA's is deleted then, and the server's is kept in memory. So
 * nothing can sign with a CA that somebody still trusts, and each run has another one.
 *
 * @param parent the folder for the temporary folder with the files; it is made if it does not exist.
 * @throws CertificateError
 */
export async function makeIdentity(parent: string): Promise<Identity> {
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(parent, 'tls-'));
  const openssl = opensslIn(folder);
  const put = (name: string, text: string): void => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  };
  // A client that trusts the CAs of two runs tells them apart by name.
  const authority = ['-subj', `/CN=keypair sandbox CA ${randomBytes(8).toString('hex')}`];
  const life = ['-sha256', '-days', '365'];
  const [caKey, key] = [newKey(), newKey()];
  try {
    put('openssl.cnf', CONFIG);
    put('ca.key', caKey);
    put('server.key', key);
    await openssl(
      'req',
      '-x509',
      '-new',
      '-key',
      'ca.key',
      ...authority,
      ...life,
      '-extensions',
      'ca',
      '-out',
      'ca.pem',
    );
    await openssl('req', '-new', '-key', 'server.key', '-subj', '/CN=keypair sandbox', '-out', 'server.csr');
    const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', `0x4${randomBytes(15).toString('hex')}`];
    const extensions = ['-extfile', 'openssl.cnf', '-extensions', 'server'];
    await openssl('x509', '-req', '-in', 'server.csr', ...signing, ...life, ...extensions, '-out', 'server.pem');
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    return { key, cert: read('server.pem'), ca: read('ca.pem') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Runs openssl in a folder, with its configuration there. */
function opensslIn(folder: string): (...args: string[]) => Promise<void> {
  const execute = promisify(execFile);
  return async (...args) => {
    try {
      await execute('openssl', args, {
        cwd: folder,
        env: { ...process.env, OPENSSL_CONF: join(folder, 'openssl.cnf') },
        timeout: 30_000,
      });
    } catch (error) {
      const { code, signal, stderr = '' } = error as ExecFileException & { readonly stderr?: string };
      if (code === 'ENOENT') throw new CertificateError('no-openssl', '');
      const said = stderr.trim().split('\n').at(-1) ?? '';
      throw new CertificateError('refused', said === '' ? String(signal ?? code) : said);
    }
  };
}
