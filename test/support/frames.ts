/** A frame as the engine sends it; see src/docker/log-frames.ts. */
export function frameBytes(stream: number, data: string | Buffer): Buffer {
  const bytes = Buffer.from(data as string);
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

/** The bytes cut into chunks of these sizes, again and again; a size of 0 is taken for 1. */
export function chunked(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, next = 0; at < bytes.length; next += 1) {
    const size = Math.max(1, sizes[next % sizes.length] ?? 1);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
