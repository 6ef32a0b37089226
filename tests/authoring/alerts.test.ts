/** `alerts` of lockstep.yml: what may be written, what is refused at which key, and that no message shows what opens a channel. */
import { expect, test } from 'vitest';
import { renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import { read } from './read.ts';

test('three channels', () => {
  const { project, said } = read({
    'lockstep.yml': `alerts:
  slack: "{{ env_var('SLACK') }}"
  webhook: { url: "{{ env_var('HOOK') }}", headers: { Authorization: "{{ env_var('BEARER') }}" } }
  email: { smtp: "{{ env_var('SMTP') }}", from: lockstep@example.com, to: [a.b+c@example.com, data@example.org] }
`,
  });
  expect(said).toEqual([]);
  expect(project.config.alerts).toEqual({
    slack: "{{ env_var('SLACK') }}",
    webhook: { url: "{{ env_var('HOOK') }}", headers: { Authorization: "{{ env_var('BEARER') }}" } },
    email: { smtp: "{{ env_var('SMTP') }}", from: 'lockstep@example.com', to: ['a.b+c@example.com', 'data@example.org'] },
  });
});

test('none, and one address', () => {
  const nobody = { slack: null, webhook: null, email: null };
  expect(read({}).project.config.alerts).toEqual(nobody);
  const text = `alerts:\n  email: { smtp: "{{ env_var('SMTP') }}", from: a@example.com, to: b@example.com }\n`;
  expect(read({ 'lockstep.yml': text }).project.config.alerts.email?.to).toEqual(['b@example.com']);
});

const smtp = `smtp: "{{ env_var('S') }}"`;
const url = `url: "{{ env_var('U') }}"`;

test.each([
  ['slack: https://hooks.example/HUNTER2', '2:3', '`slack` of `alerts` is written in clear'],
  [`slack: "{{ env_var('S', 'https://HUNTER2') }}"`, '2:3', '`slack` of `alerts` is written in clear'],
  [`slack: "https://{{ env_var('S') }}/HUNTER2"`, '2:3', '`slack` of `alerts` is written in clear'],
  ['slack: { url: HUNTER2 }', '2:3', '`slack` of `alerts` is written in clear'],
  ['slak: https://hooks.example/HUNTER2', '2:3', '`alerts` has no key `slak`'],
  ['slack:https://hooks.example/HUNTER2', '2:3', '`alerts` must be a map'],
  ['webhook: HUNTER2', '2:12', '`webhook` of `alerts` must be a map'],
  ['webhook: { url: HUNTER2 }', '2:14', '`url` of `webhook` of `alerts` is written in clear'],
  ['webhook: { headers: {} }', '2:14', 'needs `url`'],
  [
    `webhook: { ${url}, headers: { Authorization: HUNTER2 } }`,
    '2:52',
    '`Authorization` of `headers` of `webhook` of `alerts` is written in clear',
  ],
  [`webhook: { ${url}, headers: { Authorization:HUNTER2: 1 } }`, '2:52', 'this is no name of a header of HTTP'],
  [`webhook: { ${url}, headers: { "a b": HUNTER2 } }`, '2:52', 'this is no name of a header of HTTP'],
  ['email: { smtp: smtp://u:HUNTER2@mail, from: a@b.c, to: a@b.c }', '2:12', '`smtp` of `email` of `alerts` is written in clear'],
  [`email: { ${smtp}, from: HUNTER2, to: a@b.c }`, '2:46', '`from` must be an address of e-mail'],
  [`email: { ${smtp}, from: a@b.c, to: [a@b.c, "x@b.c\\r\\nBcc: HUNTER2@b.c"] }`, '2:65', '`to` must be an address of e-mail'],
  [`email: { ${smtp}, from: a@b.c, to: ["x@b.c, HUNTER2@b.c"] }`, '2:58', '`to` must be an address of e-mail'],
  [`email: { ${smtp}, from: a@b.c, to: [] }`, '2:57', '`to` of `email` of `alerts` names nobody'],
  [`email: { ${smtp}, from: a@b.c }`, '2:12', 'needs `to`'],
])('%s', (line, place, message) => {
  const text = `alerts:\n  ${line}\n`;
  const { said, diagnostics } = read({ 'lockstep.yml': text });
  const found = said.find((one) => one.includes(message));
  expect([found, said]).toEqual([expect.stringContaining(`lockstep.yml:${place} config-invalid `), said]);
  const shown = renderDiagnostics(diagnostics, [{ path: 'lockstep.yml', text }], { color: false });
  expect(`${said.join('\n')}\n${shown}`).not.toContain('HUNTER2');
});
