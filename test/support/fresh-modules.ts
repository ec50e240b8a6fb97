/**
 * Files of unit tests share a process, since starting one costs more than most of them take. What
 * one leaves in a module, or in place of it, is gone before the next.
 */
import { vi } from 'vitest';

// Every module that a file replaces with vi.mock stands here.
vi.doUnmock('../../src/docker/connect.js');
vi.doUnmock('../../src/redis/ioredis-node.js');
vi.resetModules();
