# A static binary in an empty image: no shell, no package manager, not root.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/specimen ./cmd/specimen
RUN mkdir -p /out/state

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/specimen /specimen
COPY --from=build --chown=65532:65532 /out/state /state
USER 65532:65532
EXPOSE 4010
HEALTHCHECK --interval=10s --timeout=4s --start-period=2s CMD ["/specimen", "health"]
ENTRYPOINT ["/specimen"]
CMD ["serve", "--host", "0.0.0.0"]
