/** What to tell of a topology that could not be removed. */
export function leftBehind(name: string, trouble: unknown): string {
  const reason = trouble instanceof Error ? trouble.message : String(trouble);
  return `left behind: ${name} (${reason}); \`rrepl down --volumes --name ${name}\` removes it`;
}
