"""Work orders that vote: an open order keeps its node, and closed orders go with it. Written from docs/wire.md alone.

usage: aio_pika_orders.py <broker url> <database file> <exchange of the owner> <key of the owner> <own name>"""
import asyncio, json, sqlite3, sys, time, uuid, aio_pika

url, path, owner, owner_key, name = sys.argv[1:]
waiting, db = {}, sqlite3.connect(path)
db.executescript('''create table if not exists orders (id primary key, node, open);
    create table if not exists promises (saga, node, due, primary key (saga, node)); -- due is null: the node is gone
    create table if not exists votes (message primary key, answer);''')

def sql(text, *values): return db.execute(text, values).fetchall()

async def send(body, key, **more):
    content, more = json.dumps(body).encode(), {'content_type': 'application/json', 'delivery_mode': 2, 'app_id': name, **more}
    await exchange.publish(aio_pika.Message(content, **more), key)

async def ask(action, data, **more):
    waiting[number := str(uuid.uuid4())] = answer = asyncio.Future()
    headers = {'consent-protocol': 2, **{f'consent-{key}': value for key, value in more.items()}}
    await send({'action': action, 'data': data}, owner_key, headers=headers, message_id=number, correlation_id=number, reply_to=name)
    return answer.result().get('response') if (await asyncio.wait([answer], timeout=10))[0] else 'wait'

async def create(order, node):
    subscription, generation = {'service': name, 'subscribe_to_id': [node]}, time.time_ns() // 1_000_000
    while (said := await ask('subscribe', subscription, generation=generation)) == 'wait': await asyncio.sleep(0.5)
    if said != 'ok' or sql('select * from promises where node = ?', node): return {'error': f'{node} is going or gone'}
    sql('insert or ignore into orders values (?, ?, true)', order, node)
    return {'id': order}

def opinion(node):
    orders = sql('select id from orders where node = ? and open', node)
    return {'response': 'no', 'message': f'work order {orders[0][0]} is open', 'service': name} if orders else {'response': 'ok'}

def handle(action, data, number, headers):
    nodes, saga = data['id'] if isinstance(data.get('id'), list) else [data.get('id')], headers.get('consent-saga')
    if action == 'close': sql('update orders set open = false where id = ?', data['order'])
    if action == 'notDeleted': sql('delete from promises where saga = ? and due', saga)
    for node in nodes if action == 'deleting' else []:
        sql('delete from orders where node = ?', node)
        sql('insert or replace into promises values (?, ?, null)', saga, node)
    if action not in ('mayDelete', 'wouldDelete'): return {'response': 'ok'}
    if known := sql('select answer from votes where message = ?', number): return json.loads(known[0][0])
    answer, due = {node: opinion(node) for node in nodes}, time.time() + headers['consent-deadline-ms'] / 1000 + 5
    for node in (node for node in nodes if action == 'mayDelete' and answer[node]['response'] == 'ok'):
        sql('insert or ignore into promises values (?, ?, ?)', saga, node, due)
    if action == 'mayDelete': sql('insert into votes values (?, ?)', number, json.dumps({'results': answer}))
    return {'results': answer}

async def take(message):
    async with message.process():
        body = json.loads(message.body)
        if message.correlation_id in waiting: return waiting.pop(message.correlation_id).set_result(body)
        action, data = body.get('action'), body.get('data', {})
        with db: answer = await create(**data) if action == 'create' else handle(action, data, message.message_id, message.headers)
        if message.reply_to: await send(answer, message.reply_to, correlation_id=message.correlation_id)

async def main():
    global exchange
    channel = await (await aio_pika.connect_robust(url)).channel()
    exchange = await channel.declare_exchange(owner, durable=True)
    queue = await channel.declare_queue(name, durable=True)
    await queue.bind(exchange, name)
    await queue.consume(take)
    print('ready', flush=True)
    while await asyncio.sleep(5, True):
        for saga, node in sql('select saga, node from promises where due < ?', time.time()):
            if await ask('isDeleting', {'id': node}, saga=saga) == 'no':
                with db: sql('delete from promises where saga = ? and node = ? and due', saga, node)

asyncio.run(main())
