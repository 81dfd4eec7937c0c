# A relay that brings the events of a Kafka topic to Marquez. Build it from the project's folder: deploy/compose.yml does.
FROM python:3.11-slim
COPY . /src
RUN pip install --no-cache-dir "/src[kafka]" && rm -rf /src \
    && useradd --system --create-home --home-dir /var/lib/clew clew
USER clew
VOLUME /var/lib/clew
ENV CLEW_HOME=/var/lib/clew
CMD ["clew", "relay"]
