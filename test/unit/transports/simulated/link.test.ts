import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { MemoryBroker } from '../../../../transports/memory/memory-broker.ts';
import { Link } from '../../../../transports/simulated/link.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('link');

class World {
  readonly clock = new VirtualClock(0);
  readonly arrivals: string[] = [];
  readonly link: Link;

  constructor() {
    const connection = new MemoryBroker(this.clock).connect('client', () => this.link.lose());
    this.link = new Link(connection, this.clock);
  }

  send(wire: string, name: string, delayMs: number): void {
    void this.link.carry(wire, delayMs).then((arrived) => {
      this.arrivals.push(`${name} ${arrived ? `at ${this.clock.now()}` : 'lost'}`);
    });
  }
}

test('ordered: what goes one way arrives in the order in which it was sent', async () => {
  const world = new World();
  world.send('there', 'slow', 30);
  world.send('there', 'fast', 10);
  world.send('there', 'faster', 0);
  await world.clock.advance(30);
  assert.equal(world.arrivals, ['slow at 30', 'fast at 30', 'faster at 30']);
});

test('ordered: wires do not wait for each other', async () => {
  const world = new World();
  world.send('there', 'slow', 30);
  world.send('back', 'fast', 10);
  await world.clock.advance(30);
  assert.equal(world.arrivals, ['fast at 10', 'slow at 30']);
});

test('without a delay it is there at once, unless another is still before it', async () => {
  const world = new World();
  world.send('there', 'first', 0);
  await world.clock.settled();
  world.send('there', 'slow', 5);
  world.send('there', 'second', 0);
  await world.clock.settled();
  assert.equal(world.arrivals, ['first at 0']);
  await world.clock.advance(5);
  assert.equal(world.arrivals, ['first at 0', 'slow at 5', 'second at 5']);
});

test('cut: what is on its way when the connection ends never arrives', async () => {
  const world = new World();
  world.send('there', 'a', 10);
  world.send('back', 'b', 20);
  world.link.connection.cut('cut');
  world.send('there', 'c', 0);
  await world.clock.advance(30);
  assert.equal(world.arrivals, ['a lost', 'b lost', 'c lost']);
});

test.run();
