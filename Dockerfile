# One image for the API, the workers and the migration; the command decides which of them a container is.
FROM oven/bun:1.4.5-slim AS dependencies
WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
# Optional packages are the private Postgres of the zero-install mode, which has no use here.
RUN bun install --frozen-lockfile --production --omit=optional --ignore-scripts

FROM oven/bun:1.4.5-slim
WORKDIR /app
# Month ends are UTC everywhere in Weir; the process's own zone must not have another opinion.
# Batches come and go by the megabyte: memory goes back to the system after two seconds, not after ten milliseconds.
ENV NODE_ENV=production TZ=UTC MIMALLOC_PURGE_DELAY=2000
COPY --from=dependencies /app/node_modules node_modules
COPY package.json bunfig.toml tsconfig.json LICENSE ./
COPY src src
COPY jobs jobs
COPY workers workers
COPY cli cli
USER bun
EXPOSE 8080
CMD ["bun", "--no-env-file", "src/main.ts"]
