"""The tasks that Celery's workers run; the Redis server's address comes in the environment."""
import os
import time

from celery import Celery

url = os.environ["PEER_REDIS"]
app = Celery("peer", broker=url, backend=url)
app.conf.update(
    task_serializer="pickle",
    result_serializer="pickle",
    accept_content=["pickle"],
    worker_prefetch_multiplier=64,
    task_ignore_result=False,
    broker_connection_retry=True,
)


@app.task(name="null")
def null(value=None):
    return value


@app.task(name="wait")
def wait(seconds):
    time.sleep(seconds)
    return 1
