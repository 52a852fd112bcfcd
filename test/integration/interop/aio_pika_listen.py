"""Binds a queue to an exchange, asks one question through it, and prints the first message of the binding and the answer.

usage: aio_pika_listen.py <broker url> <exchange> <binding key> <routing key> <question as JSON>
"""
import asyncio
import json
import sys

import aio_pika

url, exchange_name, binding_key, routing_key, question = sys.argv[1:]


async def first_of(queue):
    async with queue.iterator() as messages:
        async for message in messages:
            async with message.process():
                return json.loads(message.body)


async def main():
    connection = await aio_pika.connect_robust(url)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange(exchange_name, aio_pika.ExchangeType.DIRECT, durable=True)
        facts = await channel.declare_queue(exclusive=True)
        await facts.bind(exchange, binding_key)
        answers = await channel.declare_queue(exclusive=True)
        await answers.bind(exchange, answers.name)
        message = aio_pika.Message(
            question.encode(), content_type='application/json', correlation_id='1', reply_to=answers.name, message_id='aio-pika-1'
        )
        await exchange.publish(message, routing_key=routing_key)
        answer, fact = await asyncio.wait_for(asyncio.gather(first_of(answers), first_of(facts)), timeout=20)
        print(json.dumps({'answer': answer, 'fact': fact}), flush=True)


asyncio.run(main())
