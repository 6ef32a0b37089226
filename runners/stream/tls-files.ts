/** PEM files for TLS, looked at before anything listens or connects with them. No message says what is in a file. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UsageError } from '../usage-error.ts';

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

type Files = { readonly [part in keyof KeyPair]: string | undefined };

/** `given`: by which option or variable. */
export function certificatesIn(file: string, given: string, hint: string): string {
  const text = textOf(file, given, hint);
  certificateIn(text, file, given, hint);
  return text;
}

/** `given`: by which options or variables. Null: by neither. */
export function keyPairIn(files: Files, given: KeyPair): KeyPair | null {
  const { key: keyFile, cert: certFile } = files;
  if (keyFile === undefined && certFile === undefined) return null;
  if (keyFile === undefined || certFile === undefined)
    throw new UsageError(`${given.key} and ${given.cert} go together`, 'two PEM files: a private key, and the certificates for it');
  const keyHint = 'a PEM file with a private key that is not encrypted';
  const certHint = 'a PEM file with the certificate for the key, and those that it is signed by after it';
  const pair = { key: textOf(keyFile, given.key, keyHint), cert: textOf(certFile, given.cert, certHint) };
  const certificate = certificateIn(pair.cert, certFile, given.cert, certHint);
  if (!certificate.checkPrivateKey(privateKeyIn(pair.key, keyFile, given.key, keyHint)))
    throw new UsageError(`the key in ${keyFile} is not that of the certificate in ${certFile}`, certHint);
  return pair;
}

function textOf(file: string, given: string, hint: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`${given} names ${file}, which cannot be read`, hint);
  }
}

function certificateIn(text: string, file: string, given: string, hint: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw new UsageError(`${given} names ${file}, which holds no certificate`, hint);
  }
}

function privateKeyIn(text: string, file: string, given: string, hint: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw new UsageError(`${given} names ${file}, which holds no private key`, hint);
  }
}
