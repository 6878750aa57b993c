export { kafkaConnector } from "./kafka-connector.ts";
export { upsertKafkaConnector } from "./upsert-kafka-connector.ts";
