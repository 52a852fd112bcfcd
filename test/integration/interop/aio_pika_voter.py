"""A service that knows only `mayDelete` and `deleting`: subscribes to one node, one-way, and answers what it is asked about it.

usage: aio_pika_voter.py <broker url> <exchange> <key of the owner> <own key> <node id>

Each line of its input is an object {"mayDelete": answer, "deleting": answer}: what it says from now on, and null where it keeps silent.
It prints each message that it gets as a line of JSON, and takes up its input before the next one.
"""
import asyncio
import json
import sys

import aio_pika

url, exchange_name, owner_key, own_key, node_id = sys.argv[1:]
answers = {'mayDelete': None, 'deleting': None}


def say(thing):
    print(json.dumps(thing), flush=True)


async def listen_to_input():
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        answers.update(json.loads(line))
        say({'says': answers})


async def answer_questions(exchange, queue):
    async with queue.iterator() as messages:
        async for message in messages:
            async with message.process():
                body = json.loads(message.body)
                say({'got': body, 'correlation_id': message.correlation_id})
                answer = answers.get(body['action'])
                if answer is not None and message.reply_to:
                    reply = aio_pika.Message(json.dumps(answer).encode(), correlation_id=message.correlation_id)
                    await exchange.publish(reply, routing_key=message.reply_to)


async def main():
    connection = await aio_pika.connect_robust(url)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange(exchange_name, aio_pika.ExchangeType.DIRECT, durable=True)
        queue = await channel.declare_queue(own_key, durable=True)
        await queue.bind(exchange, own_key)
        subscribe = {'action': 'subscribe', 'data': {'routing_key': own_key, 'id': [node_id]}}
        await exchange.publish(aio_pika.Message(json.dumps(subscribe).encode()), routing_key=owner_key)
        say({'subscribed': node_id})
        await asyncio.wait([asyncio.create_task(listen_to_input()), asyncio.create_task(answer_questions(exchange, queue))],
                           return_when=asyncio.FIRST_COMPLETED)


asyncio.run(main())
