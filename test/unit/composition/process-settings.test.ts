/** The section `process` of the configs reaches the runtime of a deployment. */
import { deployedServices } from '../../../composition/deployed-services.ts';
import { openServices } from '../../../composition/open-deployment.ts';
import { assert, suite } from '../../support/suite.ts';
import { parsed } from '../config/sample.ts';

const test = suite('a deployment: its process');

/** What the process of these sections says about itself. */
async function stateOf(sections: readonly object[], options: { readonly leaseMs?: number } = {}) {
  const configs = sections.map((process, at) =>
    parsed({ svc_name: `service_${at}`, transactions: {}, process }),
  );
  const deployment = await openServices(deployedServices(configs), [], {
    databaseUrl: 'memory://',
    ...options,
  });
  await deployment.start();
  try {
    const [beating] = (await deployment.journals.get('service_0')?.beating()) ?? [];
    return beating?.state;
  } finally {
    await deployment.stop();
  }
}

test('the largest prefetch and lease of the configs are those of the process', async () => {
  const state = await stateOf([{ prefetch: 16 }, { prefetch: 7, lease_ms: 9_000 }]);
  assert.equal([state?.prefetch, state?.leaseMs], [16, 9_000]);
});

test('an option of the deployment goes before the section', async () => {
  const state = await stateOf([{ lease_ms: 9_000 }], { leaseMs: 20_000 });
  assert.equal([state?.prefetch, state?.leaseMs], [256, 20_000]);
});

test.run();
