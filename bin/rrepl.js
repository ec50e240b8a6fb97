#!/usr/bin/env node
import { existsSync } from 'node:fs';

const built = new URL('../dist/main.cjs', import.meta.url);

/** Null if the folder was removed while a shell stood in it. */
function currentFolder() {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}

const cwd = currentFolder();
if (cwd === null) {
  process.stderr.write('error: the current folder is gone\ncd to one that is there\n');
  process.exitCode = 2;
} else if (existsSync(built)) {
  const { load } = await import('./compiled.js');
  const { main } = load(built);
  process.exitCode = await main(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd,
  });
} else {
  process.stderr.write('rrepl is not built: run npm run build\n');
  process.exitCode = 1;
}
