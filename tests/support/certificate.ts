/** Certificates of a test, as PEM: made here, since not every machine has openssl, and what expires in a repository fails one day. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
}

/** Signed by itself. */
export function authority(name: string): Certificate {
  return made(name, null, extension('551d13', sequence(Buffer.of(0x01, 0x01, 0xff))));
}

/** For 127.0.0.1, and for no other name that this machine has. */
export function signedBy(issuer: Certificate, name: string): Certificate {
  return made(name, issuer, extension('551d11', sequence(element(0x87, Buffer.of(127, 0, 0, 1)))));
}

/** RFC 5280, section 4.1. */
function made(name: string, issuer: Certificate | null, extended: Buffer): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const day = 86_400_000;
  const body = sequence(
    element(0xa0, element(0x02, Buffer.of(2))),
    element(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ecdsaWithSha256,
    named(issuer?.name ?? name),
    sequence(time(Date.now() - day), time(Date.now() + day)),
    named(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(extended)),
  );
  const signature = sign('sha256', body, issuer?.key ?? privateKey);
  const certificate = sequence(body, ecdsaWithSha256, element(0x03, Buffer.concat([Buffer.of(0), signature])));
  return { name, cert: pem(certificate), key: pkcs8(privateKey) };
}

function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(content);
  const { length: n } = bytes;
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return Buffer.concat([Buffer.of(tag, ...length), bytes]);
}

const sequence = (...content: readonly Buffer[]): Buffer => element(0x30, ...content);
const identifier = (hex: string): Buffer => element(0x06, Buffer.from(hex, 'hex'));
const ecdsaWithSha256 = sequence(identifier('2a8648ce3d040302'));
const named = (name: string): Buffer => sequence(element(0x31, sequence(identifier('550403'), element(0x0c, Buffer.from(name)))));
const extension = (id: string, value: Buffer): Buffer => sequence(identifier(id), element(0x04, value));
const time = (at: number): Buffer => element(0x17, Buffer.from(`${new Date(at).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n').trim()}\n-----END CERTIFICATE-----\n`;
const pkcs8 = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
