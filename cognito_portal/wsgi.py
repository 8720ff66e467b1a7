"""The WSGI application that gunicorn serves: `gunicorn cognito_portal.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from cognito_portal.checks import refuse_bad_configuration

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cognito_portal.settings")
application = get_wsgi_application()
refuse_bad_configuration()
