import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createAuthority, issueCertificate } from '../../../src/access/certificates.js';

const authority = await createAuthority();
const issued = await issueCertificate(authority, ['redis-7', 'localhost', '127.0.0.1', '::1']);
const ca = new X509Certificate(authority.certificate);
const certificate = new X509Certificate(issued.certificate);

describe('a node’s certificate', () => {
  it('is for the node’s name and for the addresses of this host', () => {
    for (const name of ['redis-7', 'localhost']) expect(certificate.checkHost(name)).toBe(name);
    for (const address of ['127.0.0.1', '::1']) {
      expect(certificate.checkIP(address)).toBe(address);
    }
    expect(certificate.checkHost('redis-1')).toBeUndefined();
    expect(certificate.checkIP('127.0.0.2')).toBeUndefined();
  });

  it('is signed by the authority, and can’t sign others', () => {
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(ca.ca).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkPrivateKey(createPrivateKey(issued.key.reveal()))).toBe(true);
  });

  it('holds from yesterday, and no longer than Apple’s systems accept', () => {
    const days = (from: number, to: number) => (to - from) / 86_400_000;
    const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
    expect(from).toBeLessThan(Date.now());
    expect(days(from, to)).toBeLessThanOrEqual(825);
    expect(days(Date.now(), to)).toBeGreaterThan(365);
  });
});

/** What a client that trusts `trusted` is told of a server that has `issued`. */
async function handshake(trusted: string): Promise<string> {
  const server = createServer({ cert: issued.certificate, key: issued.key.reveal() }, (socket) =>
    socket.end(),
  );
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, ca: trusted });
      socket.once('secureConnect', () => resolve('trusted'));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  } finally {
    server.close();
  }
}

describe('a client', () => {
  it('that trusts the authority is let in by name', async () => {
    expect(await handshake(authority.certificate)).toBe('trusted');
  });

  it('that trusts another topology’s authority refuses the server', async () => {
    const other = await createAuthority();
    expect(await handshake(other.certificate)).toMatch(/UNABLE_TO_VERIFY|SIGNATURE|SELF_SIGNED/);
  });
});
