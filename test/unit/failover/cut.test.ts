import { beforeEach, describe, expect, it } from 'vitest';
import { joinNetwork } from '../../../src/failover/cut.js';
import { FakeRun } from '../../support/run.js';

const JOINING = {
  network: 'rrepl-demo_replication',
  container: 'rrepl-demo-redis-2',
  aliases: ['redis-2'],
  address: null,
};

describe('joinNetwork', () => {
  let run: FakeRun;
  beforeEach(async () => {
    run = new FakeRun();
    await run.start();
    await run.runtime.disconnectNetwork(JOINING.network, JOINING.container);
    run.runtime.calls.length = 0;
  });

  const changes = async () => {
    await joinNetwork(run.runtime, JOINING);
    return run.runtime.calls
      .filter((call) => !/^(inspectContainer|engine)/.test(call))
      .map((call) => call.split(' ')[0]);
  };

  it('lets nothing run in the node meanwhile', async () => {
    expect(await changes()).toEqual(['pauseContainer', 'connectNetwork', 'unpauseContainer']);
  });

  it('leaves a node running on Podman, which sets nothing up in one that is paused', async () => {
    run.runtime.product = 'Podman';
    expect(await changes()).toEqual(['connectNetwork']);
  });

  it('leaves a node as it is that does not run', async () => {
    await run.runtime.stopContainer(JOINING.container);
    run.runtime.calls.length = 0;
    expect(await changes()).toEqual(['connectNetwork']);
  });
});
