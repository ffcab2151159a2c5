/**
 * What of this process's environment pip needs on a machine that reaches PyPI in its own way. Certificates are not
 * in it: the builders bring the machine's bundle.
 */
export function pipEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const names = /^(PIP_(INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST)|(https?|no)_proxy)$/i;
  const entries = Object.entries(env).flatMap(([name, value]) =>
    names.test(name) && value !== undefined ? [[name, value] as const] : [],
  );
  return Object.fromEntries(entries);
}
