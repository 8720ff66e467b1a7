"""gunicorn's settings for production: `gunicorn cognito_portal.wsgi` reads this file by itself.

One step of the walk waits for Cognito most of its time, so threads are cheap and processes are for the cores.
"""

import os
from pathlib import Path

import environ

environ.Env.read_env(Path(__file__).parent / ".env")

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
# Each thread holds a database connection while it waits for Cognito: DATABASE_POOL_SIZE fits this.
threads = 32
# A step may take 8 seconds at Cognito (decision D7); a worker that is silent for longer than this is replaced.
timeout = 30
graceful_timeout = 30
keepalive = 5
limit_request_line = 4094
limit_request_field_size = 8190
# Names stand in query strings, and the audit log has every step: no access log beside it.
accesslog = None
control_socket_disable = True
