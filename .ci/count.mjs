// count.mjs REPORT STATUS: how many tests passed and failed, on one plain line.
// REPORT is vitest's JSON, empty where a step before the tests has failed.
import { readFileSync } from 'node:fs';

const [file, status] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const report = text ? JSON.parse(text) : { numPassedTests: 0, numFailedTests: 0, testResults: [] };

// A file that cannot be loaded has failed without one of its tests having failed.
const broken = report.testResults.filter(
  (result) =>
    result.status === 'failed' && result.assertionResults.every((test) => test.status !== 'failed'),
);
// What fails outside the tests (lint, types, a late error) is one failure: never "0 failed".
const least = status === '0' ? 0 : 1;
const failed = Math.max(report.numFailedTests + broken.length, least);
process.stdout.write(`rrepl: ${report.numPassedTests} passed, ${failed} failed\n`);
