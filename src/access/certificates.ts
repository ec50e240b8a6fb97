/** Certificates made for one topology: an authority of its own, and one certificate a node. */
import type { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import 'reflect-metadata'; // asked for by the library's own
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { Secret } from './secret.js';

/** Both as PEM. */
export interface Certificate {
  /** Public: who has that of an authority can tell its servers from others. */
  readonly certificate: string;
  readonly key: Secret;
}

/** What servers, redis-cli and every TLS library of the last ten years can do. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/** The most that Apple's systems accept is 825. */
const VALID_DAYS = 800;
/** Clocks of containers, virtual machines and hosts differ. */
const BACKDATED_DAYS = 1;

export async function createAuthority(): Promise<Certificate> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: 'CN=rrepl',
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate), key: await exportKey(keys) };
}

/** @param hosts names and addresses, the first of them that of the node. */
export async function issueCertificate(
  authority: Certificate,
  [node, ...hosts]: readonly [string, ...string[]],
): Promise<Certificate> {
  const keys = await newKeys();
  const issuer = new X509Certificate(authority.certificate);
  const certificate = await X509CertificateGenerator.create({
    ...validity(),
    subject: `CN=${node}`,
    issuer: issuer.subject,
    signingAlgorithm: ALGORITHM,
    signingKey: await importKey(authority.key),
    publicKey: keys.publicKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      // A replica is a client of its upstream.
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      // Python refuses certificates that don't name their authority's key.
      await AuthorityKeyIdentifierExtension.create(issuer),
      new SubjectAlternativeNameExtension(
        [node, ...hosts].map((value) => ({ type: isIP(value) > 0 ? 'ip' : 'dns', value })),
      ),
    ],
  });
  return { certificate: pem(certificate), key: await exportKey(keys) };
}

const newKeys = () => crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

function validity() {
  const now = Date.now();
  return {
    notBefore: new Date(now - BACKDATED_DAYS * DAY_MS),
    notAfter: new Date(now + VALID_DAYS * DAY_MS),
  };
}

const pem = (certificate: X509Certificate): string => `${certificate.toString('pem')}\n`;

async function exportKey({ privateKey }: webcrypto.CryptoKeyPair): Promise<Secret> {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', privateKey);
  return new Secret(`${PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag)}\n`);
}

function importKey(key: Secret): Promise<webcrypto.CryptoKey> {
  const pkcs8 = PemConverter.decodeFirst(key.reveal());
  return crypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']);
}
