# syntax=docker/dockerfile:1
# The server and the command line in one image; docs/deploy.md says how it is run.
ARG NODE_IMAGE=node:24-bookworm-slim

# Only what decides which packages are installed, so that a changed source does not install them again.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN node node_modules/typescript/bin/tsc -b apps/runtime apps/cli \
  && find apps libs -depth -type d \( -name src -o -name test -o -name node_modules \) -exec rm -rf {} + \
  && find apps libs -type f \( -name '*.tsbuildinfo' -o -name '*.d.ts' -o -name '*.d.ts.map' \) -delete

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="OpenLoop" \
  org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=4400 \
  OPENLOOP_DATA=/data \
  AGENTS_DIR=/agents \
  OPENLOOP_SERVER=http://127.0.0.1:4400
WORKDIR /app
COPY --from=packages /app ./
COPY --from=build /app/apps ./apps
COPY --from=build /app/libs ./libs
COPY agents ./agents
COPY bin ./bin
COPY deploy/docker ./deploy/docker
RUN ln -s /app/bin/openloop /usr/local/bin/openloop \
  && install -d -o 1000 -g 1000 /data /agents
# The number, not the name `node`, because Kubernetes can only check a number.
USER 1000:1000
VOLUME /data
EXPOSE 4400
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["node", "/app/deploy/docker/healthcheck.mjs"]
ENTRYPOINT ["/app/deploy/docker/entrypoint.sh"]
CMD ["start"]
