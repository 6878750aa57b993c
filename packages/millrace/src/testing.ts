/** Tests of pipelines, and conformance suites for what programs bring along. */
export {
  formatConformance,
  ManualClock,
  type Outputs,
  PipelineTest,
  type SimulationFaults,
  type SimulationOptions,
  simulate,
  stateBackendConformance,
  type TestPipelineOptions,
  type TestSnapshot,
  testPipeline,
} from "@millrace/testkit";
