/** Asset keys: a path of parts. As one text the parts stand between slashes; a slash or backslash in a part has a backslash before it. */
import { DagsterClientError } from './client-error.ts';

/** `'raw/orders'`, or the parts: `['raw', 'orders']`. */
export type AssetKey = string | readonly string[];

export function assetKeyParts(key: AssetKey): readonly string[] {
  const parts = typeof key === 'string' ? splitAtSlashes(key) : key;
  if (parts.length === 0 || parts.some((part) => typeof part !== 'string' || part === ''))
    throw new DagsterClientError(`an asset key has parts, none of them empty: ${JSON.stringify(key)} is none`);
  if (parts.some((part) => /\p{Surrogate}/u.test(part)))
    throw new DagsterClientError(`an asset key is well-formed text: ${JSON.stringify(key)} has half a character`);
  return parts;
}

/** As the Pipes protocol and `AssetKey.to_escaped_user_string` write it. */
export const assetKeyText = (key: AssetKey): string =>
  assetKeyParts(key)
    .map((part) => part.replaceAll(/[\\/]/g, '\\$&'))
    .join('/');

function splitAtSlashes(text: string): readonly string[] {
  const parts = [''];
  for (const [, escaped, plain] of text.matchAll(/\\(.)|([^])/gsu)) {
    if (plain === '/') parts.push('');
    else parts.push(`${parts.pop()}${escaped ?? plain}`);
  }
  return parts;
}
