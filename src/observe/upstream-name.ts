/** The node that a server calls its master by name or by address; else as the server calls it. */
export function upstreamName(
  nodes: readonly { readonly name: string; readonly address: string | null }[],
  { host, port }: { readonly host: string; readonly port: number },
): string {
  const known = nodes.find((it) => it.name === host || it.address === host);
  return known?.name ?? `${host}:${port}`;
}
