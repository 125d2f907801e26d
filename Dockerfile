FROM node:24-slim AS ui
WORKDIR /ui
COPY api/ui/package.json api/ui/package-lock.json api/ui/.npmrc ./
RUN npm ci
COPY api/ui ./
RUN npm run build

FROM python:3.13-slim AS installed
WORKDIR /convene
RUN python -m venv .venv
COPY requirements.txt ./
RUN .venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt
COPY . .
COPY --from=ui /ui/dist api/ui/dist
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && .venv/bin/python -m compileall -q api schema workers db seed

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home convene \
    && install --directory --owner convene /var/lib/convene
COPY --from=installed /convene /convene
ENV PATH=/convene/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CONVENE_HOST=0.0.0.0 \
    CONVENE_DATA_DIR=/var/lib/convene
WORKDIR /convene
USER 10001
VOLUME /var/lib/convene
EXPOSE 8000
# In exec form, the server itself receives SIGTERM, and the container exits with code 0.
CMD ["convene", "serve"]
