/** The page of the inspector in a real browser, beside a process that was started as its owner starts it. */
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { Browser, desktop, type Look, phone, type Visit } from './browser.ts';
import { operatorToken, people, readerToken, Shop } from './shop.ts';

const test = suite('inspector: the page', { needs: ['chromium'], deadlineMs: 60_000 });
let browser: Browser;
let shop: Shop;
let answerNewsletter: () => void;

test.before(async () => {
  [browser, shop] = await Promise.all([Browser.open(), Shop.open()]);
  const answered = new Promise<void>((resolve) => {
    answerNewsletter = resolve;
  });
  shop.newsletter.answer = async (action) => {
    if (action === 'mayDelete') await answered;
    return { body: { allowed: true } };
  };
  await shop.customer(people.kim, 'Kim');
  await shop.send('customers', 'polish', { note: 'see amqp://shop:hunter2@broker:5672' });
  shop.ask('customers', 'delete', { id: people.kim }).catch(() => undefined);
});
test.after(async () => {
  await browser.close();
  await shop.close();
});

async function opened(screen: string, look: Look & { readonly token?: string } = {}) {
  const visit = await browser.visit(shop.url(look.token ?? readerToken), look);
  await visit.page.waitForSelector('.top nav a');
  await visit.go(screen);
  return visit;
}

async function clean(visit: Visit): Promise<void> {
  assert.equal(visit.errors, []);
  assert.equal(visit.foreign, []);
  await visit.close();
}

test('Now: the deletion that waits is on top, with whom it waits for; the map has every service', async () => {
  const visit = await opened('now');
  await visit.reads('Kim');
  const card = await visit.page.locator('.card.saga').first().innerText();
  assert.match(card, /delete Kim/);
  assert.match(card, /newsletter/);
  const names = await visit.page.locator('.map [data-service]').count();
  assert.is(names, 9);
  await clean(visit);
});

test('token: an address without a token asks for one, a wrong token is refused, and no token stays in the address', async () => {
  const visit = await browser.visit(shop.url(readerToken).replace(/#.*/, ''));
  await visit.page.getByLabel('Token').fill('a-guess');
  await visit.page.getByRole('button', { name: 'Enter' }).click();
  await visit.reads('the bearer token is not valid');
  await visit.page.getByLabel('Token').fill(readerToken);
  await visit.page.getByRole('button', { name: 'Enter' }).click();
  await visit.reads('rosa');
  assert.not.match(visit.page.url(), /token/);
  await visit.close();
});

test('Deletion: lanes, green answers, and the silent voter with the time since the question', async () => {
  const visit = await opened('deletion');
  await visit.page.locator('.virtual').focus();
  await visit.page.keyboard.press('ArrowDown');
  await visit.page.locator('.sequence .lane').first().waitFor();
  const lanes = await visit.page.locator('.sequence .lane text').allTextContents();
  for (const name of ['client', 'customers', 'invoices', 'orders', 'newsletter'])
    assert.ok(
      lanes.some((lane) => lane.startsWith(name)),
      name,
    );
  assert.is(await visit.page.locator('.sequence .tone-yes.step').count(), 2);
  const silent = visit.page.locator('[data-step="newsletter customers no answer"]');
  assert.match(String(await silent.locator('.words').textContent()), /^no answer for \d/);
  assert.is(await visit.page.locator('.blocker').innerText(), 'newsletter');
  const [running] = await (await shop.process()).sagas(1);
  const why = await (await shop.process()).why(running?.saga ?? '');
  assert.is(await visit.page.locator('.sentence').innerText(), why.kind === 'saga' && why.text);
  await clean(visit);
});

test('Actor: the chart of the waiting saga with its active state, drawn without another host', async () => {
  const visit = await opened('actor/customers');
  await visit.page.locator('.virtual').focus();
  await visit.page.keyboard.press('ArrowDown');
  await visit.page.locator('.chart .state.leaf.active').waitFor();
  const active = await visit.page.locator('.chart .state.leaf.active text').allTextContents();
  assert.equal(active, ['asking']);
  const states = await visit.page.locator('.chart .state').count();
  assert.ok(states > 15, `${states} states`);
  await visit.page.getByRole('button', { name: 'votes (voteCollection)' }).click();
  await visit.page.locator('[data-state="vote-collection.collecting"].active').waitFor();
  await clean(visit);
});

test('Tree: opened by the arrow keys as far as a person asks; the plan of the chosen node says what would go', async () => {
  const make = async (parent: JsonObject, cn: string) => {
    const data = { ...parent, attributes: { cn } };
    return String((await shop.ask('objects_model_crud', 'create', data))['id']);
  };
  const plant = await make({}, 'plant');
  await make({ parentId: plant }, 'mill');
  const visit = await opened('tree');
  await visit.page.getByText('objects', { exact: true }).click();
  await visit.page.locator('.virtual').focus();
  await visit.page.keyboard.press('ArrowRight');
  await visit.reads('plant');
  assert.is(await visit.page.getByText('mill', { exact: true }).count(), 0);
  await visit.page.keyboard.press('ArrowDown');
  await visit.page.keyboard.press('ArrowRight');
  await visit.reads('mill');
  await visit.reads('Everybody would agree. 2 nodes of 1 service');
  await clean(visit);
});

test('Deletion: an id of nothing says so', async () => {
  const visit = await opened('deletion');
  await visit.page.getByRole('searchbox').fill('nobody');
  await visit.page.keyboard.press('Enter');
  await visit.reads('no saga, node, card or actor has the id nobody');
  await visit.close();
});

test('Dead letters: reason and body without secrets; a reader has no buttons', async () => {
  const visit = await opened('dead-letters');
  await visit.page.locator('.virtual').focus();
  await visit.page.keyboard.press('ArrowDown');
  await visit.reads('An operator may replay and drop this message.');
  const shown = await visit.page.locator('.detail').innerText();
  assert.match(shown, /polish to customers/);
  assert.match(shown, /"note"/);
  assert.not.match(await visit.page.content(), /hunter2/);
  assert.is(await visit.page.getByRole('button', { name: 'Drop' }).count(), 0);
  await clean(visit);
});

test('keys: the digits open the screens, and every screen is reached without a mouse', async () => {
  const visit = await opened('now');
  await visit.page.keyboard.press('2');
  await visit.page.waitForURL(/#\/deletion$/);
  await visit.page.keyboard.press('3');
  await visit.page.waitForURL(/#\/actor$/);
  await visit.page.keyboard.press('4');
  await visit.page.waitForURL(/#\/tree$/);
  await visit.page.keyboard.press('5');
  await visit.page.waitForURL(/#\/dead-letters$/);
  await visit.page.keyboard.press('1');
  await visit.page.waitForURL(/#\/now$/);
  const current = visit.page.locator('nav a[aria-current="page"]');
  assert.is(await current.innerText(), 'Now');
  await clean(visit);
});

test('phone and desktop, light and dark: no screen is wider than the window, and the colours follow the system', async () => {
  const grounds = new Set<string>();
  for (const colorScheme of ['light', 'dark'] as const) {
    const visit = await opened('now', { viewport: phone, colorScheme });
    for (const screen of ['now', 'deletion', 'actor', 'tree', 'dead-letters']) {
      await visit.go(screen);
      await visit.page.waitForSelector(`main.${screen}`);
      assert.is(await visit.overflow(), 0, `${screen}, ${colorScheme}`);
    }
    grounds.add(await visit.run<string>('getComputedStyle(document.body).backgroundColor'));
    await visit.page.setViewportSize(desktop);
    assert.is(await visit.overflow(), 0);
    await clean(visit);
  }
  assert.is(grounds.size, 2);
});

test('live: the diagram grows to the removal when the last voter has answered, and the page stays', async () => {
  const visit = await opened('now');
  await visit.page.locator('.card.saga').first().click();
  await visit.page.locator('.sequence .tone-silent').waitFor();
  await visit.run("globalThis.mark = 'same page'");
  answerNewsletter();
  await visit.page.locator('[data-step="customers client deleted"]').waitFor();
  assert.is(await visit.page.locator('.sequence .tone-silent').count(), 0);
  await visit.reads('--html certificate.html');
  await visit.go('now');
  await visit.reads('No deletion and no update is under way.');
  await visit.reads('1 saga ended since this process began');
  assert.is(await visit.run('globalThis.mark'), 'same page');
  await clean(visit);
});

test('resume: a page says that the process is away, and catches up with the next process', async () => {
  const visit = await opened('now', { token: operatorToken });
  await visit.page.locator('.connection.open').waitFor();
  await shop.kill();
  await visit.page.locator('.connection.lost').waitFor();
  await shop.start();
  await visit.page.locator('.connection.open').waitFor();
  await shop.ask('objects_model_crud', 'create', { attributes: { cn: 'plant' } });
  const handled = visit.page.locator('tr', { hasText: 'objects_model_crud' }).locator('td');
  await handled.nth(3).getByText('1', { exact: true }).waitFor();
  assert.equal(visit.foreign, []);
  await visit.close();
});

test.run();
