export { isTaskLive, wholeApprovalState, wholeTaskState } from '../../facts/tasks.ts'
