"""Asks one question after the other and prints each answer as a line of JSON.

usage: pika_rpc.py <broker url> <exchange> <routing key> <named | direct> <question as JSON>...

`$id` in a question is the id that an earlier answer gave. `named` waits on a queue of its own that is bound to nothing, `direct` on
RabbitMQ's amq.rabbitmq.reply-to.
"""
import json
import sys
import time

import pika

url, exchange, routing_key, way, *questions = sys.argv[1:]
limit_s = 20
connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()
reply_to = 'amq.rabbitmq.reply-to' if way == 'direct' else 'pika.answers'
if way == 'named':
    channel.queue_declare(reply_to, exclusive=True)
arrived = []
channel.basic_consume(reply_to, lambda _channel, method, properties, body: arrived.append((method, properties, body)), auto_ack=True)


def answer_to(number, question):
    properties = pika.BasicProperties(reply_to=reply_to, correlation_id=str(number), content_type='application/json')
    channel.basic_publish(exchange, routing_key, question, properties)
    asked = time.monotonic()
    while not arrived:
        if time.monotonic() - asked > limit_s:
            sys.exit('no answer to ' + question)
        connection.process_data_events(time_limit=1)
    return arrived.pop()


known_id = ''
for number, question in enumerate(questions):
    method, properties, body = answer_to(number, question.replace('$id', known_id))
    answer = json.loads(body)
    known_id = answer.get('id') or known_id
    print(json.dumps({'answer': answer, 'correlation_id': properties.correlation_id, 'exchange': method.exchange}), flush=True)
connection.close()
