/** Access as tests know it. No server believes the certificate. */
import type { Access } from '../../src/access/access.js';
import { Secret } from '../../src/access/secret.js';

export const PASSWORD = 'the-password-of-clients';
export const REPLICATION_PASSWORD = 'the-password-of-replicas';
export const CA_KEY = 'the-key-of-the-authority';

export const ACCESS: Access = {
  login: {
    user: 'app',
    password: new Secret(PASSWORD),
    replicationPassword: new Secret(REPLICATION_PASSWORD),
  },
  authority: { certificate: 'the certificate', key: new Secret(CA_KEY) },
};
