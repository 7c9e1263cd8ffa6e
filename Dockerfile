# The server with its web app; see docs/SELF_HOSTING.md and compose.yaml.
#   docker build -t interview-room .                           Python and JavaScript can be run
#   docker build -t interview-room --build-arg JDK=yes .       and Java
#   docker build -t interview-room --build-arg SANDBOX=no .    nothing can be run, 100 MB less

FROM node:22-slim AS web
WORKDIR /build/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM python:3.12-slim AS packages
COPY requirements.txt ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
        -r requirements.txt

FROM python:3.12-slim AS final
ARG SANDBOX=yes
ARG JDK=no
RUN needed="" \
    && if [ "$SANDBOX" = yes ]; then needed="bubblewrap nodejs"; fi \
    && if [ "$JDK" = yes ]; then needed="$needed default-jdk-headless"; fi \
    && if [ -n "$needed" ]; then \
        apt-get update \
        && apt-get install -y --no-install-recommends $needed \
        && rm -rf /var/lib/apt/lists/*; \
    fi \
    && useradd --system --uid 10001 --create-home interview \
    && install -d -o interview -g interview /data
WORKDIR /app
COPY --from=packages /venv /venv
COPY crdt ./crdt
COPY server ./server
COPY problems.yaml ./
COPY --from=web /build/web/dist ./web/dist
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data
USER interview
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/ready', timeout=4)"]
ENTRYPOINT ["python", "-m", "server.cli"]
CMD ["serve"]
