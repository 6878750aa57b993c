/** Tests of pipelines, and conformance suites for what programs bring along. */
export {
  type AsyncConformanceCase,
  formatConformance,
  ManualClock,
  type Outputs,
  PipelineTest,
  type SimulationFaults,
  type SimulationOptions,
  type SinkUnderTest,
  type SourceUnderTest,
  simulate,
  sinkConformance,
  sourceConformance,
  stateBackendConformance,
  type TestPipelineOptions,
  type TestSnapshot,
  testPipeline,
} from "@millrace/testkit";
