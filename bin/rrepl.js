#!/usr/bin/env node
import { existsSync } from 'node:fs';
import Module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const built = new URL('../dist/main.js', import.meta.url);

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
  // From Node 22 on: V8 need not compile again. The user's own folder, since V8 trusts what it finds there.
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  Module.enableCompileCache?.(join(caches, 'rrepl', 'compiled'));
  const { main } = await import(built.href);
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
