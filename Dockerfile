# The image of portal, desk, worker and clock. It runs as nobody in particular on a read-only
# file system; what it writes goes to /data and /tmp.
FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /venv/bin/python -m config.install /venv \
 && DEBUG=1 DATA_DIR=/tmp/build /venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
 && mkdir -p /app/static && cp -r /tmp/build/static/. /app/static/ && rm -rf /tmp/build

# tor, for the portal's onion service. Its volume must belong to the user that the image names.
FROM debian:stable-slim AS onion
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends tor && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /var/lib/onion /run/portal && chown 10001 /var/lib/onion /run/portal && chmod 700 /var/lib/onion
USER 10001

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin integrity && mkdir -p /data/files /run/portal && chown -R integrity /data /run/portal
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data STATIC_ROOT=/app/static
USER 10001
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "48", "--backpressure", "256", "--no-access-log", "config.wsgi:application"]
