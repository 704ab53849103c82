# MinIO's server for compose.fleet.yaml, built from its last public source: its makers publish no programs any more and do not
# maintain it. It is here because it answers only when an object has reached the disk, on a network that nobody else is on.
# Its version is the one that the tests run against.
# Checked by: buildah 1.28, with a stand-in for the base image (Debian 12, Go 1.26); what came out passed `fanfare doctor`
# and held a demo's photos, as its user on a read-only root.
FROM golang:1.26-bookworm AS build
RUN CGO_ENABLED=0 GOBIN=/out go install -trimpath github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c && install -d -m 700 /owned/data

FROM scratch
COPY --from=build /out/minio /
COPY --from=build --chown=65532:65532 /owned /
USER 65532:65532
VOLUME /data
EXPOSE 9000
ENTRYPOINT ["/minio"]
CMD ["server", "--certs-dir", "/nowhere", "/data"]
